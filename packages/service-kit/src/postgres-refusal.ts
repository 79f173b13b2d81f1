/**
 * PostgreSQL's answers that starting again does not change: wrong password, not allowed, no such database.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const FINAL_CODES: readonly unknown[] = ['28P01', '28000', '3D000', '42501'];

/** Whether the server was reached and does not want us, in contrast to a server that is away. */
export function isPostgresRefusal(error: unknown): boolean {
  return FINAL_CODES.includes((error as { readonly code?: unknown }).code);
}
