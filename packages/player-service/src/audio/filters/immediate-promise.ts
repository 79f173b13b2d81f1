/** Something like a promise that calls back at once, for code that was written to wait where nothing is to be waited for. */
export class ImmediatePromise<T> {
  #settled: { readonly value: T } | undefined;
  #waiting: ((value: T) => void)[] = [];

  constructor(start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void) {
    start(
      (value) => this.#settle(value),
      (reason) => {
        throw reason;
      },
    );
  }

  static resolve<T>(value: T): ImmediatePromise<T> {
    return new ImmediatePromise((resolve) => resolve(value));
  }

  // biome-ignore lint/suspicious/noThenProperty: standing in for a promise is what it is for.
  then<R>(callback: (value: T) => R | ImmediatePromise<R>): ImmediatePromise<R> {
    return new ImmediatePromise((resolve) => {
      const pass = (value: T) => {
        const result = callback(value);
        if (result instanceof ImmediatePromise) result.then(resolve);
        else resolve(result);
      };
      if (this.#settled === undefined) this.#waiting.push(pass);
      else pass(this.#settled.value);
    });
  }

  /** A failure is thrown where it happens, so there is none to catch. */
  catch(): this {
    return this;
  }

  #settle(value: T): void {
    this.#settled = { value };
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback(value);
  }
}
