import { compareCalls, queryAnswers } from './call-lines.ts';
import { compareChanges } from './change-entries.ts';
import type { Difference, RecordedFile } from './difference.ts';
import { compareEvents } from './event-lines.ts';
import { compareObjects } from './object-states.ts';
import { compareStatuses, parseStatusLine, type Found } from './status-lines.ts';
import type { ScenarioFacts } from './untouchable.ts';

/** What was written down of one scenario. */
export interface Recording extends Readonly<Record<RecordedFile, string>> {
  /** Why the scenario did not come to its end; undefined when it did. */
  readonly verdict?: string | undefined;
}

/** What Flagger says of a metric that it can ask nobody about. */
const UNDEFINED_METRIC = 'Metric query failed for no usable metrics template';
/** Phases in which a Canary may stay for ever. */
const SETTLED: ReadonlySet<string> = new Set(['Initialized', 'Succeeded', 'Failed', 'Terminating']);

/**
 * All differences between what Flagger did in a scenario and what Sluice did.
 * @param ownKinds kinds of Sluice, which Flagger knows nothing of: they are left out
 */
export function compareRecordings(
  golden: Recording,
  ours: Recording,
  ownKinds: ReadonlySet<string>,
): Difference[] {
  const isLeftOut = (kind: string): boolean => ownKinds.has(kind) || kind === 'ControllerRevision';
  const measured = isMeasured(golden);
  const lines = (recording: Recording, file: RecordedFile): string[] =>
    maskMeasured(recording[file], measured)
      .split('\n')
      .filter((line) => line !== '');
  const text = (recording: Recording, file: RecordedFile): string =>
    lines(recording, file).join('\n');
  const found: readonly [RecordedFile, readonly Found[]][] = [
    ['scenario.json', compareInputs(golden, ours)],
    ['status.txt', compareStatuses(lines(golden, 'status.txt'), lines(ours, 'status.txt'))],
    ['changes.txt', compareChanges(golden['changes.txt'], ours['changes.txt'], isLeftOut)],
    ['events.txt', compareEvents(lines(golden, 'events.txt'), lines(ours, 'events.txt'))],
    ['calls.txt', compareCalls(text(golden, 'calls.txt'), text(ours, 'calls.txt'))],
    ['objects.yaml', compareObjects(golden['objects.yaml'], ours['objects.yaml'], isLeftOut)],
  ];
  return found.flatMap(([file, list]) => list.map((each) => ({ file, ...each })));
}

/** What a recording tells of its scenario: Flagger got stuck when it ends in no phase in which a Canary may stay. */
export function factsOf(golden: Recording): ScenarioFacts {
  const phases = golden['status.txt']
    .trimEnd()
    .split('\n')
    .map((line) => parseStatusLine(line).phase);
  const answers = queryAnswers(golden['calls.txt']);
  return {
    isStuck: !SETTLED.has(phases.at(-1) ?? ''),
    isUnanswered:
      answers.some((answer) => ['null', 'error'].includes(answer)) ||
      golden['events.txt'].includes(UNDEFINED_METRIC),
    isWaiting: phases.includes('WaitingPromotion'),
  };
}

/** A run is worth nothing when it was not the recorded scenario that ran, or not to its end. */
function compareInputs(golden: Recording, ours: Recording): Found[] {
  const isSame = golden['scenario.json'] === ours['scenario.json'];
  const input = { path: 'input', golden: 'as recorded', ours: 'another one' };
  const verdict = { path: 'verdict', golden: golden.verdict, ours: ours.verdict };
  return [...(isSame ? [] : [input]), ...(golden.verdict === ours.verdict ? [] : [verdict])];
}

/** Whether metrics come from real traffic: the numbers differ from run to run, with Flagger too. */
function isMeasured(golden: Recording): boolean {
  const { manual } = JSON.parse(golden['scenario.json'] || '{}') as { manual?: boolean };
  return manual === true;
}

/** `success rate 53.62% < 99%`: what was measured is masked, the limit is not. */
function maskMeasured(text: string, measured: boolean): string {
  if (!measured) return text;
  return text.replace(/(\bHalt .* advancement .*? )[\d.]+(%|m?s)?( [<>] )/g, '$1<measured>$2$3');
}
