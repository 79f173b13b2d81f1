interface SourceContext {
  readonly source?: string;
}

/**
 * JSON.parse, except that an integer too large for a double becomes a string of its own digits.
 * The first system sent snowflakes as integers; 689241026199552011 must stay itself.
 */
export function parseJson(text: string): unknown {
  const keepDigits = (_key: string, value: unknown, context?: SourceContext): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source;
    return source !== undefined && /^-?\d+$/.test(source) ? source : value;
  };
  return JSON.parse(text, keepDigits as (this: unknown, key: string, value: unknown) => unknown);
}
