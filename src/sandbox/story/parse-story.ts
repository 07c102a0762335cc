import { load } from 'js-yaml';
import { SluiceError } from '../../domain/errors.ts';
import { countOf, durationOf, fieldsOf, listOf, objectOf, textOf, type Fields } from './fields.ts';
import { fillPlaceholders, placeholderNames } from './placeholders.ts';
import type {
  Expectation,
  Story,
  StoryPatch,
  StoryStep,
  StoryTemplate,
  StoryTrack,
  Variables,
  VariableValue,
} from './story.ts';

const STORY_FIELDS = ['story', 'title', 'interval', 'variables', 'traffic', 'setup', 'tracks'];
const MIN_VIOLATIONS = 2;

/**
 * Reads a story file (manifests/examples/story/README.md).
 * @throws SluiceError SLUICE_INPUT that says where the file is wrong
 */
export function parseStory(yaml: string): StoryTemplate {
  const fields = fieldsOf(loadYaml(yaml), 'file', STORY_FIELDS);
  if (fields['story'] !== 'v1') throw wrong('field story is not v1');
  const template: StoryTemplate = {
    title: textOf(fields['title'], 'title'),
    interval: textOf(fields['interval'], 'interval'),
    variables: variablesOf(fields['variables']),
    traffic: listOf(fields['traffic'], 'traffic', (one, where) => ({
      host: textOf(fieldsOf(one, where, ['host'])['host'], `${where}.host`),
    })),
    setup: listOf(fields['setup'], 'setup', (one) => one),
    tracks: listOf(fields['tracks'], 'tracks', (one, where) => {
      const track = fieldsOf(one, where, ['name', 'steps']);
      return {
        name: textOf(track['name'], `${where}.name`),
        steps: listOf(track['steps'], `${where}.steps`, (step) => step),
      };
    }),
  };
  const { variables, ...rest } = template;
  const unlisted = [...placeholderNames(rest)].find((name) => !Object.hasOwn(variables, name));
  if (unlisted !== undefined) throw wrong(`placeholder ${unlisted} is not among variables`);
  return template;
}

/**
 * Replaces the placeholders of a story and checks what comes out.
 * @param given values of variables; defaults hold for the others
 * @throws SluiceError SLUICE_INPUT
 */
export function tellStory(template: StoryTemplate, given: Variables): Story {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(template.variables, name));
  if (unknown !== undefined) throw wrong(`there is no variable ${unknown}`);
  const variables: Record<string, VariableValue> = {};
  for (const [name, value] of Object.entries({ ...template.variables, ...given })) {
    if (value === null) throw wrong(`variable ${name} has no value`);
    variables[name] = value;
  }
  const fill = (tree: unknown): unknown => fillPlaceholders(tree, variables);
  return {
    title: template.title,
    intervalMs: durationOf(fill(template.interval), 'interval'),
    hosts: template.traffic.map(({ host }, index) => textOf(fill(host), `traffic[${index}].host`)),
    setup: listOf(fill(template.setup), 'setup', objectOf),
    tracks: template.tracks.map((track, index) => trackOf(track.name, fill(track.steps), index)),
  };
}

function loadYaml(yaml: string): unknown {
  try {
    return load(yaml);
  } catch (error) {
    throw new SluiceError('SLUICE_INPUT', 'story: not a YAML document', { cause: error });
  }
}

function variablesOf(value: unknown): StoryTemplate['variables'] {
  const fields = fieldsOf(value, 'variables');
  return Object.fromEntries(
    Object.entries(fields).map(([name, one]) => [name, variableOf(one, `variables.${name}`)]),
  );
}

function variableOf(value: unknown, where: string): VariableValue | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' ? value : listOf(value, where, countOf);
}

function trackOf(name: string, steps: unknown, index: number): StoryTrack {
  return { name, steps: listOf(steps, `tracks[${index}].steps`, stepOf) };
}

function stepOf(value: unknown, where: string): StoryStep {
  const fields = fieldsOf(value, where, ['apply', 'patch', 'wait', 'expect']);
  const [key, ...more] = Object.keys(fields);
  if (key === undefined || more.length > 0) throw wrong(`${where} needs exactly one key`);
  const inside = `${where}.${key}`;
  switch (key) {
    case 'apply':
      return { type: 'apply', object: objectOf(fields[key], inside) };
    case 'patch':
      return { type: 'patch', patch: patchOf(fields[key], inside) };
    case 'wait': {
      const wait = fieldsOf(fields[key], inside, ['canary', 'namespace', 'weight']);
      const weight = countOf(wait['weight'], `${inside}.weight`);
      return { type: 'wait', ...subjectOf(wait, inside), weight };
    }
    default:
      return { type: 'expect', expectation: expectationOf(fields[key], inside) };
  }
}

function patchOf(value: unknown, where: string): StoryPatch {
  const names = ['apiVersion', 'kind', 'namespace', 'name'] as const;
  const fields = fieldsOf(value, where, [...names, 'body']);
  const [apiVersion, kind, namespace, name] = names.map((key) =>
    textOf(fields[key], `${where}.${key}`),
  ) as [string, string, string, string];
  return {
    apiVersion,
    kind,
    namespace,
    name,
    body: listOf(fields['body'], `${where}.body`, (one) => one),
  };
}

function expectationOf(value: unknown, where: string): Expectation {
  const { outcome } = fieldsOf(value, where);
  switch (outcome) {
    case 'denied': {
      const fields = fieldsOf(value, where, ['outcome', 'object', 'violations']);
      const violations = listOf(fields['violations'], `${where}.violations`, textOf);
      if (violations.length < MIN_VIOLATIONS) throw wrong(`${where} needs two violations or more`);
      return { outcome, object: objectOf(fields['object'], `${where}.object`), violations };
    }
    case 'promoted':
    case 'rolledBack': {
      const known = ['outcome', 'canary', 'namespace', 'weights', 'image'];
      const fields = fieldsOf(value, where, known);
      const weights = listOf(fields['weights'], `${where}.weights`, countOf);
      if (!isRising(weights)) throw wrong(`${where}.weights do not rise strictly from 1 to 100`);
      const image = textOf(fields['image'], `${where}.image`);
      return { outcome, ...subjectOf(fields, where), weights, image };
    }
    case 'held': {
      const known = ['outcome', 'canary', 'namespace', 'window', 'intervals'];
      const fields = fieldsOf(value, where, known);
      const window = textOf(fields['window'], `${where}.window`);
      const intervals = countOf(fields['intervals'], `${where}.intervals`);
      return { outcome, ...subjectOf(fields, where), window, intervals };
    }
    default:
      throw wrong(`${where}.outcome is none of denied, promoted, rolledBack, held`);
  }
}

function subjectOf(fields: Fields, where: string): { canary: string; namespace: string } {
  return {
    canary: textOf(fields['canary'], `${where}.canary`),
    namespace: textOf(fields['namespace'], `${where}.namespace`),
  };
}

function isRising(weights: readonly number[]): boolean {
  const isStrict = weights.every((weight, index) => weight > (weights[index - 1] ?? 0));
  return weights.length > 0 && isStrict && (weights.at(-1) ?? 0) <= 100;
}

function wrong(what: string): SluiceError {
  return new SluiceError('SLUICE_INPUT', `story: ${what}`);
}
