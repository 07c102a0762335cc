import type { StoryEvent } from './story-event.ts';

const BAR_WIDTH = 20;
const GREEN = '\u001b[32m';
const RED = '\u001b[31m';
const YELLOW = '\u001b[33m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** Writes story events as lines for people: seconds since the start, the object's name, what happened. */
export function createProgress(
  write: (text: string) => void,
  colours: boolean,
): (event: StoryEvent) => void {
  let startedAt: number | undefined;
  const paint = (colour: string, text: string): string =>
    colours ? `${colour}${text}${RESET}` : text;
  return (event) => {
    const at = Date.parse(event.time);
    startedAt ??= at;
    const seconds = ((at - startedAt) / 1000).toFixed(1).padStart(6);
    const name = (event.object ?? '').replace(/^.*[/ ]/, '').padEnd(12);
    const line = describeEvent(event, paint);
    if (line !== undefined) write(`${paint(DIM, `${seconds}s`)}  ${name} ${line}\n`);
  };
}

function describeEvent(
  event: StoryEvent,
  paint: (colour: string, text: string) => string,
): string | undefined {
  const { actual = '' } = event;
  switch (event.event) {
    case 'start':
    case 'note':
    case 'phase':
      return actual;
    case 'apply':
      return paint(DIM, `${kindOf(event)} applied`);
    case 'patch':
      return 'new image';
    case 'weight':
      return weightLine(Number(actual));
    case 'held':
      return paint(YELLOW, actual);
    case 'outcome':
      return outcomeLine(event, paint);
    case 'result':
      return resultLine(event.ok === true, paint);
  }
}

function kindOf({ object = '' }: StoryEvent): string {
  return object.replace(/ .*$/, '');
}

function weightLine(percent: number): string {
  const filled = Math.round((percent * BAR_WIDTH) / 100);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent}% to the canary`;
}

function resultLine(ok: boolean, paint: (colour: string, text: string) => string): string {
  return ok ? paint(GREEN, 'every outcome holds') : paint(RED, 'not every outcome holds');
}

function outcomeLine(event: StoryEvent, paint: (colour: string, text: string) => string): string {
  const { outcome = '', actual = '', expected = '' } = event;
  return event.ok === true
    ? paint(GREEN, `✔ ${outcome}: ${actual}`)
    : paint(RED, `✘ ${outcome}: expected ${expected}; saw ${actual}`);
}
