import { readFile } from 'node:fs/promises';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { RestCallEntry } from '../src/index.ts';

interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Formats that only Discord's description knows; their patterns and ranges stand beside them there. */
const DISCORD_FORMATS = { int32: true, int64: true, double: true, snowflake: true, nonce: true } as const;
const ROOT = 'discord';

/** Discord's published description of its REST API, as a judge of recorded calls. */
export class OpenApi {
  readonly #document: Document;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<string, ValidateFunction>();

  /** @returns `undefined` where the file is not there. */
  static async load(paths: readonly (string | URL)[]): Promise<OpenApi | undefined> {
    for (const path of paths) {
      const text = await readFile(path, 'utf8').catch(() => undefined); // absent: the next path, or no judge at all
      if (text !== undefined) return new OpenApi(JSON.parse(text));
    }
    return undefined;
  }

  private constructor(document: Document) {
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, formats: DISCORD_FORMATS });
    addFormats.default(this.#ajv, ['date-time', 'uri']);
    this.#ajv.addSchema({ ...document, $id: ROOT });
  }

  /** @returns What Discord's description says against the call, one line each. */
  judge(call: RestCallEntry): string[] {
    const path = this.#findPath(call.path);
    const method = call.method.toLowerCase();
    const operation = path === undefined ? undefined : this.#document.paths[path]?.[method];
    const where = `${call.method} ${call.path}`;
    if (path === undefined || operation === undefined)
      return [`${where}: Discord describes no such operation`];

    const base = ['paths', path, method];
    const request =
      call.requestBody === undefined
        ? []
        : this.#check(call.requestBody, operation.requestBody?.content, [...base, 'requestBody']);
    const status = String(call.status);
    const response = operation.responses[status];
    if (response === undefined) return [...request, `${where}: Discord describes no answer ${status}`];
    const answer =
      call.responseBody === undefined
        ? response.content === undefined
          ? []
          : ['an answer without its body']
        : this.#check(call.responseBody, response.content, [...base, 'responses', status]);
    return [...request.map((error) => `request ${error}`), ...answer.map((error) => `answer ${error}`)].map(
      (error) => `${where} ${status}: ${error}`,
    );
  }

  #check(body: unknown, content: Readonly<Record<string, unknown>> | undefined, base: string[]): string[] {
    if (content?.['application/json'] === undefined) return ['a body where there should be none'];
    const pointer = [...base, 'content', 'application/json', 'schema'].map(escapeSegment).join('/');
    const validate = this.#validator(`${ROOT}#/${pointer}`);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  }

  #validator(reference: string): ValidateFunction {
    const known = this.#validators.get(reference);
    if (known !== undefined) return known;
    const validator = this.#ajv.compile({ $ref: reference });
    this.#validators.set(reference, validator);
    return validator;
  }

  #findPath(path: string): string | undefined {
    const given = path.split('/');
    const fits = Object.keys(this.#document.paths).filter((template) => {
      const segments = template.split('/');
      return (
        segments.length === given.length &&
        segments.every(
          (segment, i) => segment === decodeURIComponent(given[i] ?? '') || segment.startsWith('{'),
        )
      );
    });
    const literals = (template: string) => template.split('/').filter((part) => !part.startsWith('{')).length;
    return fits.sort((a, b) => literals(b) - literals(a))[0];
  }
}

function escapeSegment(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
