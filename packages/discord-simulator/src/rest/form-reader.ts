import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import { ApiError } from './api-error.ts';

type Problem = { readonly path: readonly string[]; readonly code: string; readonly message: string };

export interface TextRule {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}

export interface NumberRule {
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly number[];
}

/**
 * Reads a JSON body field by field and gathers every problem, so that one answer names them all in the
 * shape of Discord's "Invalid Form Body" (reference, "Error Messages"; code 50035).
 *
 * `null` counts as absent, as in Discord's forms.
 */
export class FormReader {
  readonly value: Readonly<Record<string, unknown>>;
  readonly #path: readonly string[];
  readonly #problems: Problem[];

  private constructor(value: unknown, path: readonly string[], problems: Problem[]) {
    this.#path = path;
    this.#problems = problems;
    if (isObject(value)) {
      this.value = value;
    } else {
      this.value = {};
      this.#problems.push({
        path,
        code: 'MODEL_TYPE_CONVERT',
        message: 'Only dictionaries may be used in a ModelType',
      });
    }
  }

  static of(body: unknown): FormReader {
    return new FormReader(body, [], []);
  }

  /** A body that is a list at its top level, as in a bulk overwrite. */
  static ofList(body: unknown): FormReader[] {
    const problems: Problem[] = [];
    if (Array.isArray(body)) return body.map((item, i) => new FormReader(item, [String(i)], problems));
    const code = 'LIST_TYPE_CONVERT';
    throw invalidForm([{ path: [], code, message: 'Only iterables may be used in a ListType' }]);
  }

  has(key: string): boolean {
    return this.value[key] !== undefined && this.value[key] !== null;
  }

  text(key: string, rule: TextRule = {}): string | undefined {
    const value = this.#take(key, rule.required);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      this.fail(key, 'STRING_TYPE_CONVERT', `Could not interpret "${String(value)}" as string.`);
      return undefined;
    }
    this.#length(key, [...value].length, rule, 'in length');
    if (rule.pattern !== undefined && !rule.pattern.test(value)) {
      this.fail(key, 'STRING_TYPE_REGEX', 'String value did not match validation regex.');
    }
    return value;
  }

  /** An absolute http(s) address, or `attachment://` where `attachment` allows it. */
  url(key: string, rule: TextRule & { readonly attachment?: boolean } = {}): string | undefined {
    const value = this.text(key, rule);
    if (value === undefined) return undefined;
    const schemes = rule.attachment === true ? ['http:', 'https:', 'attachment:'] : ['http:', 'https:'];
    const url = URL.parse(value);
    if (url === null) this.fail(key, 'URL_TYPE_INVALID_URL', 'Not a well formed URL.');
    else if (!schemes.includes(url.protocol)) {
      this.fail(key, 'URL_TYPE_INVALID_SCHEME', `Scheme "${url.protocol.slice(0, -1)}" is not supported.`);
    }
    return value;
  }

  number(key: string, rule: NumberRule = {}): number | undefined {
    const value = this.#take(key, rule.required);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.fail(key, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not a number.`);
      return undefined;
    }
    if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) {
      this.fail(key, 'BASE_TYPE_CHOICES', `Value must be one of (${rule.oneOf.join(', ')}).`);
    }
    if (rule.min !== undefined && value < rule.min) {
      this.fail(key, 'NUMBER_TYPE_MIN', `Value should be greater than or equal to ${rule.min}.`);
    }
    if (rule.max !== undefined && value > rule.max) {
      this.fail(key, 'NUMBER_TYPE_MAX', `Value should be less than or equal to ${rule.max}.`);
    }
    return value;
  }

  integer(key: string, rule: NumberRule = {}): number | undefined {
    const value = this.number(key, rule);
    if (value === undefined || Number.isInteger(value)) return value;
    this.fail(key, 'NUMBER_TYPE_COERCE', `Value "${value}" is not int.`);
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'boolean') return value;
    this.fail(key, 'BOOLEAN_TYPE_CONVERT', 'Must be either true or false.');
    return undefined;
  }

  snowflake(key: string, rule: { readonly required?: boolean } = {}): string | undefined {
    const value = this.#take(key, rule.required);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return value;
    this.fail(key, 'NUMBER_TYPE_COERCE', `Value "${String(value)}" is not snowflake.`);
    return undefined;
  }

  object(key: string): FormReader | undefined {
    const value = this.#take(key);
    return value === undefined ? undefined : new FormReader(value, [...this.#path, key], this.#problems);
  }

  list(key: string, rule: { readonly min?: number; readonly max?: number } = {}): FormReader[] {
    return this.#array(key, rule).map(
      (item, i) => new FormReader(item, [...this.#path, key, String(i)], this.#problems),
    );
  }

  texts(key: string, rule: { readonly max?: number } = {}): string[] {
    const items = this.#array(key, rule);
    const texts = items.filter((item) => typeof item === 'string');
    if (texts.length !== items.length) {
      this.fail(key, 'STRING_TYPE_CONVERT', 'Could not interpret every item as string.');
    }
    return texts;
  }

  /** Notes a problem at `key`, or at this object itself when the key is empty. */
  fail(key: string, code: string, message: string): void {
    this.#problems.push({ path: key === '' ? this.#path : [...this.#path, key], code, message });
  }

  /** @throws ApiError 50035 naming every problem found by this reader and all readers made from it. */
  finish(): void {
    if (this.#problems.length > 0) throw invalidForm(this.#problems);
  }

  #array(key: string, rule: { readonly min?: number; readonly max?: number }): unknown[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.fail(key, 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
      return [];
    }
    this.#length(key, value.length, rule, 'in length');
    return value;
  }

  #length(key: string, length: number, rule: { min?: number; max?: number }, unit: string): void {
    const { min = 0, max = Number.POSITIVE_INFINITY } = rule;
    if (length >= min && length <= max) return;
    if (min > 0 && max !== Number.POSITIVE_INFINITY) {
      this.fail(key, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} ${unit}.`);
    } else if (length > max) {
      this.fail(key, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer ${unit}.`);
    } else {
      this.fail(key, 'BASE_TYPE_MIN_LENGTH', `Must be ${min} or more ${unit}.`);
    }
  }

  #take(key: string, required = false): unknown {
    if (this.has(key)) return this.value[key];
    if (required) this.fail(key, 'BASE_TYPE_REQUIRED', 'This field is required');
    return undefined;
  }
}

function invalidForm(problems: readonly Problem[]): ApiError {
  const errors: Record<string, unknown> = {};
  for (const { path, code, message } of problems) {
    let node = errors;
    for (const key of path) {
      const child = node[key];
      const next: Record<string, unknown> = isObject(child) ? child : {};
      node[key] = next;
      node = next;
    }
    node['_errors'] = [...(Array.isArray(node['_errors']) ? node['_errors'] : []), { code, message }];
  }
  return new ApiError(400, RESTJSONErrorCodes.InvalidFormBodyOrContentType, 'Invalid Form Body', errors);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
