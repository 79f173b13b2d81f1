import type { IncomingMessage } from 'node:http';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import type { UploadedFile } from '../world/message-content.ts';
import { ApiError } from './api-error.ts';

/** Ten files of 10 MiB, which is what a bot may upload without boosts, and some text. */
const MAX_BODY_BYTES = 101 * 1024 * 1024;

export interface RequestBody {
  readonly json: unknown;
  readonly files: readonly UploadedFile[];
}

const badBody = () =>
  new ApiError(
    400,
    RESTJSONErrorCodes.RequestBodyContainsInvalidJSON,
    'The request body contains invalid JSON.',
  );

/** @throws ApiError 413 for too large a body, 400 for one that is not what its content type says. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const bytes = await collect(request);
  if (bytes.length === 0) return { json: undefined, files: [] };
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data')) return readMultipart(bytes, contentType);
  if (!contentType.startsWith('application/json')) {
    throw new ApiError(400, RESTJSONErrorCodes.InvalidFormBodyOrContentType, 'Invalid Form Body', {
      _errors: [
        {
          code: 'CONTENT_TYPE_INVALID',
          message: 'Expected "Content-Type" header to be one of {application/json, multipart/form-data}.',
        },
      ],
    });
  }
  return { json: parse(bytes.toString('utf8')), files: [] };
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      throw new ApiError(413, RESTJSONErrorCodes.RequestEntityTooLarge, 'Request entity too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readMultipart(bytes: Buffer, contentType: string): Promise<RequestBody> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw badBody();
    });
  const files: UploadedFile[] = [];
  let json: unknown;
  for (const [name, value] of form) {
    if (typeof value !== 'string') {
      const content = Buffer.from(await value.arrayBuffer());
      files.push({ name: value.name, contentType: value.type, content });
    } else if (name === 'payload_json') {
      json = parse(value);
    }
  }
  return { json: json ?? {}, files };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badBody();
  }
}
