import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import {
  METRICS,
  type LabelsOf,
  type MetricName,
  type MetricNameOf,
  type MetricSpec,
} from './metric-table.ts';

/** The metrics of one process, all of them declared in the table. */
export interface Metrics {
  increment<N extends MetricNameOf<'counter'>>(name: N, labels: LabelsOf<N>, by?: number): void;
  set<N extends MetricNameOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Seconds. */
  observe<N extends MetricNameOf<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Removes every series of a metric whose labels contain these. */
  forget<N extends MetricName>(name: N, labels: Partial<LabelsOf<N>>): void;
  /** Calls `collect` before each exposition, to set gauges from what is current. */
  onScrape(collect: () => void): void;
  /** The exposition in Prometheus' text format. */
  expose(): Promise<{ contentType: string; body: string }>;
}

/**
 * Makes the metrics of one process.
 * @param options.process also serves what prom-client knows about the process (memory, event loop)
 */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const families = new Map<string, Family>();
  for (const [name, spec] of Object.entries(METRICS)) {
    families.set(name, createFamily(name, spec, registry));
  }
  if (options.process === true) collectDefaultMetrics({ register: registry });
  const collectors: (() => void)[] = [];
  const family = (name: string): Family => families.get(name) as Family;
  return {
    increment: (name, labels, by = 1) => {
      family(name).change(labels, by);
    },
    set: (name, labels, value) => {
      family(name).change(labels, value);
    },
    observe: (name, labels, value) => {
      family(name).change(labels, value);
    },
    forget: (name, labels) => {
      family(name).forget(labels);
    },
    onScrape: (collect) => {
      collectors.push(collect);
    },
    expose: async () => {
      for (const collect of collectors) collect();
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

type Labels = Readonly<Record<string, string>>;

interface Family {
  change(labels: Labels, value: number): void;
  forget(labels: Partial<Labels>): void;
}

function createFamily(name: string, spec: MetricSpec, registry: Registry): Family {
  const known = new Map<string, Labels>();
  const common = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] };
  const instrument = createInstrument(spec, common);
  return {
    change: (labels, value) => {
      known.set(spec.labels.map((label) => labels[label] ?? '').join('\u0000'), labels);
      instrument.change(labels, value);
    },
    forget: (wanted) => {
      for (const [key, labels] of known) {
        if (!Object.entries(wanted).every(([label, value]) => labels[label] === value)) continue;
        known.delete(key);
        instrument.remove(labels);
      }
    },
  };
}

interface Instrument {
  change(labels: Labels, value: number): void;
  remove(labels: Labels): void;
}

function createInstrument(
  spec: MetricSpec,
  common: { name: string; help: string; labelNames: string[]; registers: Registry[] },
): Instrument {
  if (spec.kind === 'counter') {
    const counter = new Counter(common);
    return {
      change: (labels, by) => {
        counter.inc(labels, by);
      },
      remove: (labels) => {
        counter.remove(labels);
      },
    };
  }
  if (spec.kind === 'gauge') {
    const gauge = new Gauge(common);
    return {
      change: (labels, value) => {
        gauge.set(labels, value);
      },
      remove: (labels) => {
        gauge.remove(labels);
      },
    };
  }
  const histogram = new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] });
  return {
    change: (labels, value) => {
      histogram.observe(labels, value);
    },
    remove: (labels) => {
      histogram.remove(labels);
    },
  };
}
