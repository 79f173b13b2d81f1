import { SupervisedService, type SupervisedServiceOptions } from './supervised-service.ts';

/**
 * Runs several services as one: they start in the given order, are kept running, and end together.
 *
 * One that ends for good (wrong configuration) ends the others, so that no half of the system is left behind.
 */
export class Supervisor {
  readonly #services: readonly SupervisedService[];
  #stopped: Promise<void> | undefined;

  constructor(services: readonly SupervisedServiceOptions[]) {
    this.#services = services.map((options) => new SupervisedService(options));
  }

  /** @returns the exit code of the whole: 0 when every service ended as asked, else the first other one. */
  async run(): Promise<number> {
    for (const service of this.#services) {
      if (this.#stopped === undefined) await service.start();
    }
    await Promise.race(this.#services.map((service) => service.ended));
    await this.stop();
    const codes = await Promise.all(this.#services.map((service) => service.ended));
    return codes.find((code) => code !== 0) ?? 0;
  }

  /** Ends all services at once, each within 5 s. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= Promise.all(this.#services.map((service) => service.stop())).then(() => undefined);
    return this.#stopped;
  }
}
