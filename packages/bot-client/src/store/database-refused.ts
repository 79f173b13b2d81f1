/** The database exists and is not for this bot as it is set up: starting again will not help. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}
