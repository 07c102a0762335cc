import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { ApiObject } from './api.ts';

export type Variables = Readonly<Record<string, unknown>>;

export interface PatchStep {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  body: unknown[];
}

export type Outcome =
  | { outcome: 'denied'; violations: string[]; object: ApiObject }
  | { outcome: 'promoted'; canary: string; namespace: string; weights: number[]; image: string }
  | { outcome: 'rolledBack'; canary: string; namespace: string; weights: number[]; image: string }
  | { outcome: 'held'; canary: string; namespace: string; window: string; intervals: number };

export type Step =
  | { apply: ApiObject }
  | { patch: PatchStep }
  | { wait: { canary: string; namespace: string; weight: number } }
  | { expect: Outcome };

export interface Track {
  name: string;
  steps: Step[];
}

/** A story whose placeholders other than times have been replaced. */
export interface Story {
  title: string;
  interval: string;
  traffic: { host: string }[];
  setup: ApiObject[];
  tracks: Track[];
}

const PLACEHOLDER = /\$\{([A-Z_]+)\}/g;
const NOW = /\$\{NOW(?:([+-])(\d+)([smh]))?\}/g;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads manifests/examples/story/story.yaml as its README describes.
 * @throws Error for a placeholder that is not declared or that has no value
 */
export function readStory(given: Variables): Story {
  const file = new URL('../../manifests/examples/story/story.yaml', import.meta.url);
  const document = load(readFileSync(file, 'utf8')) as Story & { variables: Variables };
  const { variables, ...story } = document;
  const unknown = Object.keys(given).filter((name) => !(name in variables));
  if (unknown.length > 0) throw new Error(`the story has no variable ${unknown.join(', ')}`);
  return substitute(story, { ...variables, ...given }) as Story;
}

/** `${NOW…}` in any text of the value, for the moment at which its step is played. */
export function substituteTimes<T>(value: T, nowMs: number): T {
  return mapText(value, (text) =>
    text.replaceAll(NOW, (_all, sign?: string, count?: string, unit?: string) => {
      const offset = Number(count ?? 0) * (UNIT_MS[unit ?? 's'] ?? 0) * (sign === '-' ? -1 : 1);
      const at = Math.floor(nowMs / 1000) * 1000 + offset;
      return `${new Date(at).toISOString().slice(0, 19)}Z`;
    }),
  ) as T;
}

function substitute(value: unknown, variables: Variables): unknown {
  const valueOf = (name: string): unknown => {
    const found = variables[name];
    if (found === undefined || found === null)
      throw new Error(`the story needs a value for ${name}`);
    return found;
  };
  return mapText(value, (text) => {
    const whole = /^\$\{([A-Z_]+)\}$/.exec(text)?.[1];
    if (whole !== undefined && whole !== 'NOW') return valueOf(whole);
    return text.replaceAll(PLACEHOLDER, (all, name: string) =>
      name === 'NOW' ? all : String(valueOf(name)),
    );
  });
}

function mapText(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapText(item, change)]),
  );
}
