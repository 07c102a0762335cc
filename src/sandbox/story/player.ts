import type { ObjectClient } from '../../domain/client.ts';
import type { Clock } from '../../domain/clock.ts';
import { ClusterError, SluiceError } from '../../domain/errors.ts';
import { keyText, keyOf, type KubeObject, type ResourceType } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { ChangeWindow } from '../../domain/window.ts';
import { judge, type Verdict } from './judge.ts';
import { StoryObserver } from './observer.ts';
import { fillNow } from './placeholders.ts';
import type {
  DeniedExpectation,
  Expectation,
  HeldExpectation,
  RolloutExpectation,
  Story,
  StoryPatch,
  StoryStep,
  StoryTrack,
} from './story.ts';
import type { StoryEvent, StoryOutcome, StoryResult } from './story-event.ts';
import type { CanaryTimeline, Hold } from './timeline.ts';

export interface PlayerOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly report: (event: StoryEvent) => void;
  /** Starts steady requests to these hosts; called once, after the setup. */
  readonly startTraffic: (hosts: readonly string[]) => void;
}

const PATIENCE_INTERVALS = 60;
const LEAST_PATIENCE_MS = 120_000;

/**
 * Plays a story through the API and verifies every outcome.
 * @throws SluiceError when the setup is refused or does not become ready, or the signal aborts
 */
export async function playStory(story: Story, options: PlayerOptions): Promise<StoryResult> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  try {
    return await new Player(story, { ...options, signal }).play();
  } finally {
    ended.abort(new SluiceError('SLUICE_DEADLINE', 'the story is over'));
  }
}

class Player {
  readonly #story: Story;
  readonly #options: PlayerOptions;
  readonly #observer: StoryObserver;
  readonly #outcomes: StoryOutcome[] = [];

  constructor(story: Story, options: PlayerOptions) {
    this.#story = story;
    this.#options = options;
    this.#observer = new StoryObserver({
      ...options,
      onSight: (canary, what, timeline) => {
        this.#tell(canary, what, timeline);
      },
    });
  }

  async play(): Promise<StoryResult> {
    this.#report({ event: 'start', actual: this.#story.title });
    await this.#observer.start();
    for (const object of this.#story.setup) await this.#apply(object);
    this.#options.startTraffic(this.#story.hosts);
    await this.#initialized();
    await Promise.all(this.#story.tracks.map((track) => this.#playTrack(track)));
    const outcomes = this.#outcomes;
    const result = { ok: outcomes.length > 0 && outcomes.every(({ ok }) => ok), outcomes };
    this.#report({ event: 'result', ...result });
    return result;
  }

  async #playTrack(track: StoryTrack): Promise<void> {
    let changedAt = this.#options.clock.now();
    for (const step of track.steps) {
      if (step.type === 'patch') changedAt = this.#options.clock.now();
      const goesOn = await this.#playStep(step, changedAt);
      if (!goesOn) return;
    }
  }

  /** @returns whether the rest of the track still makes sense */
  async #playStep(step: StoryStep, changedAt: number): Promise<boolean> {
    switch (step.type) {
      case 'apply':
        await this.#apply(this.#dated(step.object));
        return true;
      case 'patch':
        await this.#patch(step.patch);
        return true;
      case 'wait': {
        const canary = `${step.namespace}/${step.canary}`;
        const reached = (): boolean =>
          this.#observer.timeline(canary).weights.at(-1)?.value === step.weight;
        return this.#until(reached);
      }
      case 'expect':
        return step.expectation.outcome === 'denied'
          ? this.#expectDenied(step.expectation)
          : this.#expectRollout(step.expectation, changedAt);
    }
  }

  async #expectDenied(expectation: DeniedExpectation): Promise<boolean> {
    const { client, signal } = this.#options;
    const object = this.#dated(expectation.object);
    const type = resourceTypeOf(object);
    const refusal = await client.create(type, object, { signal }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const isAbsent = (await client.get(type, keyOf(object), { signal })) === undefined;
    const named = refusal instanceof ClusterError ? refusal.message : '';
    const missing = expectation.violations.filter((text) => !named.includes(text));
    const isDenial =
      refusal instanceof ClusterError && refusal.status >= 400 && refusal.status < 500;
    const found = expectation.violations.length - missing.length;
    return this.#conclude(expectation, describe(object), {
      state: isDenial && missing.length === 0 && isAbsent ? 'holds' : 'broken',
      actual: isDenial ? `${refusal.status}, ${found} violations named: ${named}` : 'admitted',
    });
  }

  async #expectRollout(
    expectation: RolloutExpectation | HeldExpectation,
    changedAt: number,
  ): Promise<boolean> {
    const { clock } = this.#options;
    const canary = `${expectation.namespace}/${expectation.canary}`;
    const windowEnd =
      expectation.outcome === 'held' ? await this.#windowEnd(expectation) : undefined;
    const look = (): Verdict =>
      judge(expectation, {
        timeline: this.#observer.timeline(canary),
        changedAt,
        now: clock.now(),
        intervalMs: this.#story.intervalMs,
        ...(windowEnd === undefined ? {} : { windowEnd }),
      });
    await this.#until(() => look().state !== 'pending');
    return this.#conclude(expectation, `Canary ${canary}`, look());
  }

  #conclude(expectation: Expectation, object: string, verdict: Verdict): boolean {
    const ok = verdict.state === 'holds';
    const { outcome } = expectation;
    const late = verdict.state === 'pending' ? 'in vain: ' : '';
    const expected = expectedText(expectation);
    const concluded = { outcome, object, expected, actual: `${late}${verdict.actual}`, ok };
    this.#outcomes.push(concluded);
    this.#report({ event: 'outcome', ...concluded });
    return ok;
  }

  async #windowEnd(expectation: HeldExpectation): Promise<number | undefined> {
    const { client, signal } = this.#options;
    const key = { namespace: expectation.namespace, name: expectation.window };
    const window = await client.get<ChangeWindow>(RESOURCES.changeWindows, key, { signal });
    const schedule = window?.spec.schedule;
    return schedule !== undefined && 'to' in schedule ? Date.parse(schedule.to) : undefined;
  }

  async #initialized(): Promise<void> {
    const canaries = this.#story.setup.filter(({ kind }) => kind === 'Canary');
    const isReady = (object: KubeObject): boolean =>
      this.#observer.timeline(keyText(keyOf(object))).phases.at(-1)?.value === 'Initialized';
    if (await this.#until(() => canaries.every(isReady))) return;
    const waiting = canaries.filter((object) => !isReady(object)).map(describe);
    throw new SluiceError('SLUICE_DEADLINE', `not initialized: ${waiting.join(', ')}`);
  }

  async #apply(object: KubeObject): Promise<void> {
    const { client, signal } = this.#options;
    await client.create(resourceTypeOf(object), object, { signal });
    this.#report({ event: 'apply', object: describe(object) });
  }

  async #patch(patch: StoryPatch): Promise<void> {
    const { client, signal } = this.#options;
    const { namespace, name } = patch;
    const body = this.#dated(patch.body);
    const type = resourceTypeOf(patch);
    await client.patch(type, { namespace, name }, { type: 'json', body }, { signal });
    this.#report({ event: 'patch', object: `${patch.kind} ${namespace}/${name}` });
  }

  #dated<T>(tree: T): T {
    return fillNow(tree, this.#options.clock.now()) as T;
  }

  /** Waits until `done` holds, looking after each sight and each interval; false when patience ran out. */
  async #until(done: () => boolean): Promise<boolean> {
    const { clock, signal } = this.#options;
    const { intervalMs } = this.#story;
    const patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE_INTERVALS * intervalMs);
    const giveUpAt = clock.monotonic() + patienceMs;
    while (!done()) {
      if (clock.monotonic() >= giveUpAt) return false;
      await new Promise<void>((resolve, reject) => {
        const settle = (): void => {
          timer.cancel();
          unsubscribe();
          signal.removeEventListener('abort', settle);
          if (signal.aborted) reject(signal.reason as Error);
          else resolve();
        };
        const timer = clock.setTimer(settle, intervalMs);
        const unsubscribe = this.#observer.subscribe(settle);
        signal.addEventListener('abort', settle, { once: true });
      });
    }
    return true;
  }

  #tell(canary: string, what: keyof CanaryTimeline, timeline: CanaryTimeline): void {
    const object = `Canary ${canary}`;
    if (what === 'phases') {
      const phase = timeline.phases.at(-1)?.value;
      if (phase) this.#report({ event: 'phase', object, actual: phase });
    } else if (what === 'weights') {
      this.#report({ event: 'weight', object, actual: String(timeline.weights.at(-1)?.value) });
    } else if (what === 'holds') {
      const hold = timeline.holds.at(-1)?.value;
      const actual = hold === undefined ? 'no longer held' : holdText(hold);
      if (hold !== undefined || timeline.holds.length > 1) {
        this.#report({ event: 'held', object, actual });
      }
    }
  }

  #report(event: Omit<StoryEvent, 'time'>): void {
    const time = new Date(this.#options.clock.now()).toISOString();
    this.#options.report({ time, ...event });
  }
}

function resourceTypeOf(object: { apiVersion: string; kind: string }): ResourceType {
  const types: readonly ResourceType[] = Object.values(RESOURCES);
  const found = types.find(
    ({ kind, group, version }) =>
      kind === object.kind &&
      object.apiVersion === (group === '' ? version : `${group}/${version}`),
  );
  if (found === undefined) {
    const known = types.map(({ kind }) => kind).join(', ');
    throw new SluiceError(
      'SLUICE_UNKNOWN_NAME',
      `story: no kind ${object.kind} of ${object.apiVersion}; known: ${known}`,
    );
  }
  return found;
}

function describe(object: KubeObject): string {
  return `${object.kind} ${keyText(keyOf(object))}`;
}

function expectedText(expectation: Expectation): string {
  switch (expectation.outcome) {
    case 'denied':
      return `refused with ${expectation.violations.length} violations, absent`;
    case 'promoted':
      return `Succeeded, 0 ${expectation.weights.join(' ')} 0, ${expectation.image}`;
    case 'rolledBack':
      return `Failed, back at 0, ${expectation.image}`;
    case 'held':
      return `held for ${expectation.intervals} intervals until ${expectation.window} ends, then on`;
  }
}

function holdText({ reasons, nextOpen }: Hold): string {
  const until = nextOpen === undefined ? '' : ` until ${nextOpen}`;
  return `held${until}: ${reasons.join('; ')}`;
}
