import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

/** Seconds. From what nobody notices to what nobody waits for. */
export const DURATION_BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * What one service tells a Prometheus server. Our figures begin with `bandstand_`; those of the process and of Node are named as
 * everywhere.
 *
 * @see https://prometheus.io/docs/practices/naming/
 */
export function createMetrics(service: string, version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'bandstand_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['service', 'version'],
    registers: [registry],
  }).set({ service, version }, 1);
  return registry;
}

/** Figures that are counted elsewhere and read when somebody asks: one of each kind, `read` gives its totals. */
export function countedElsewhere<L extends string>(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly label: L },
  read: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    name: options.name,
    help: options.help,
    labelNames: [options.label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [kind, total] of Object.entries(read()))
        this.inc({ [options.label]: kind } as Partial<Record<L, string>>, total);
    },
  });
}

/** A figure of this moment, read when somebody asks. */
export function readNow(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
