import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../src/domain/policy.ts';
import type { ChangeWindow, ChangeWindowSpec } from '../../../src/domain/window.ts';
import { evaluateWindows, windowIssues } from '../../../src/governance/windows.ts';

const SYSTEM = 'sluice-system';
const subject = {
  namespace: 'shop',
  namespaceLabels: { team: 'payments' },
  labels: { season: 'sale' },
};

function window(spec: Partial<ChangeWindowSpec>, name = 'w', namespace = 'shop'): ChangeWindow {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'ChangeWindow',
    metadata: { name, namespace },
    spec: {
      type: 'Deny',
      schedule: { from: '2026-12-20T00:00:00+01:00', to: '2027-01-04T00:00:00+01:00' },
      ...spec,
    },
  };
}

function ask(windows: ChangeWindow[], now: string, gate: Gate = 'RolloutStart') {
  return evaluateWindows(windows, subject, { gate, now, systemNamespace: SYSTEM });
}

/** `open`, or when it opens next; `never` when closed without an end. */
function answer(windows: ChangeWindow[], now: string, gate: Gate = 'RolloutStart'): string {
  const closed = ask(windows, now, gate).filter((fact) => !fact.open);
  return closed.length === 0 ? 'open' : (closed[0]?.nextOpen ?? 'never');
}

const workdays = window({
  type: 'Allow',
  schedule: {
    rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9;BYMINUTE=0',
    durationMinutes: 480,
    timeZone: 'Europe/Oslo',
  },
});

const daily = (rrule: string, durationMinutes: number, timeZone = 'Europe/Oslo'): ChangeWindow =>
  window({ schedule: { rrule, durationMinutes, timeZone } });

describe('an interval', () => {
  it('is closed from its start and open at its end', () => {
    expect(answer([window({})], '2026-12-19T22:59:59.999999999Z')).toBe('open');
    expect(answer([window({})], '2026-12-19T23:00:00Z')).toBe('2027-01-03T23:00:00Z');
    expect(answer([window({})], '2027-01-03T22:59:59.999999999Z')).toBe('2027-01-03T23:00:00Z');
    expect(answer([window({})], '2027-01-03T23:00:00Z')).toBe('open');
  });

  it('names itself and its reason', () => {
    expect(ask([window({ reason: 'the sale is on' })], '2026-12-24T00:00:00Z')).toEqual([
      {
        namespace: 'shop',
        name: 'w',
        open: false,
        reason: 'the sale is on',
        nextOpen: '2027-01-03T23:00:00Z',
      },
    ]);
  });

  it('keeps fractions of a second', () => {
    const to = '2026-12-01T00:00:00.25Z';
    const short = window({ schedule: { from: '2026-12-01T00:00:00Z', to } });
    expect(answer([short], '2026-12-01T00:00:00.1Z')).toBe('2026-12-01T00:00:00.25Z');
  });
});

describe('which windows apply', () => {
  const christmas = '2026-12-24T00:00:00Z';
  const cases: [string, ChangeWindow, Gate, boolean][] = [
    ['its own namespace', window({}), 'RolloutStart', true],
    ["Sluice's namespace", window({}, 'w', SYSTEM), 'RolloutStart', true],
    ['another namespace', window({}, 'w', 'other'), 'RolloutStart', false],
    ['a gate it lists', window({ gates: ['Promotion'] }), 'Promotion', true],
    ['a gate it does not list', window({ gates: ['Promotion'] }), 'TrafficIncrease', false],
    ['inFlight Finish at the start', window({ inFlight: 'Finish' }), 'RolloutStart', true],
    ['inFlight Finish later', window({ inFlight: 'Finish' }), 'TrafficIncrease', false],
    ['inFlight Hold later', window({ inFlight: 'Hold' }), 'TrafficIncrease', true],
    [
      'a label that fits',
      window({ match: { objectSelector: { matchLabels: { season: 'sale' } } } }),
      'Promotion',
      true,
    ],
    [
      'a label that does not',
      window({ match: { objectSelector: { matchLabels: { season: 'quiet' } } } }),
      'Promotion',
      false,
    ],
    [
      'a namespace label that does not fit',
      window({
        match: {
          namespaceSelector: {
            matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['payments'] }],
          },
        },
      }),
      'Promotion',
      false,
    ],
  ];
  it.each(cases)('%s', (_name, candidate, gate, closed) => {
    expect(ask([candidate], christmas, gate).some((fact) => !fact.open)).toBe(closed);
  });
});

describe('Allow windows', () => {
  it('close everything outside them', () => {
    expect(answer([workdays], '2026-11-24T10:00:00Z')).toBe('open');
    expect(answer([workdays], '2026-11-24T16:00:00Z')).toBe('2026-11-25T08:00:00Z');
    expect(answer([workdays], '2026-11-26T16:00:00Z')).toBe('2026-11-30T08:00:00Z');
  });

  it('of one origin add up', () => {
    const evening = window(
      {
        type: 'Allow',
        schedule: { rrule: 'FREQ=DAILY;BYHOUR=20', durationMinutes: 60, timeZone: 'Europe/Oslo' },
      },
      'evening',
    );
    expect(answer([workdays, evening], '2026-11-24T19:30:00Z')).toBe('open');
    expect(answer([workdays, evening], '2026-11-24T16:00:00Z')).toBe('2026-11-24T19:00:00Z');
  });

  it('of two origins must both be open, so that a namespace cannot widen the cluster', () => {
    const always = window(
      { type: 'Allow', schedule: { from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' } },
      'always',
    );
    const cluster = { ...workdays, metadata: { name: 'hours', namespace: SYSTEM } };
    expect(answer([cluster, always], '2026-11-24T16:00:00Z')).toBe('2026-11-25T08:00:00Z');
  });

  it('give way to a Deny window, and the next opening is inside both', () => {
    const until = { from: '2026-11-24T00:00:00Z', to: '2026-11-25T18:00:00Z' };
    const freeze = window({ schedule: until }, 'freeze');
    expect(answer([workdays, freeze], '2026-11-24T10:00:00Z')).toBe('2026-11-26T08:00:00Z');
  });

  it('that are over never open again', () => {
    const past = { from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' };
    expect(answer([window({ type: 'Allow', schedule: past })], '2026-11-24T10:00:00Z')).toBe(
      'never',
    );
  });
});

describe('a day that never comes', () => {
  const rrule = 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30';
  const schedule = { rrule, durationMinutes: 60, timeZone: 'Europe/Oslo' };
  it('never opens an Allow window', () => {
    expect(answer([window({ type: 'Allow', schedule })], '2026-06-01T00:00:00Z')).toBe('never');
  });
  it('never closes a Deny window', () => {
    expect(answer([window({ schedule })], '2026-06-01T00:00:00Z')).toBe('open');
  });
  it('is not waited for, beside a rule that is missing', () => {
    const broken = { durationMinutes: 60, timeZone: 'Europe/Oslo' } as typeof schedule;
    const [fact] = ask([window({ schedule: broken })], '2026-06-01T00:00:00Z');
    expect(fact).toMatchObject({
      open: false,
      reason: 'the schedule of this window cannot be read',
    });
  });
});

describe('Deny windows that follow each other', () => {
  it('open at the end of the last', () => {
    const first = { from: '2026-12-01T00:00:00Z', to: '2026-12-02T00:00:00Z' };
    const second = { from: '2026-12-02T00:00:00Z', to: '2026-12-03T00:00:00Z' };
    const both = [window({ schedule: first }, 'a'), window({ schedule: second }, 'b')];
    expect(answer(both, '2026-12-01T12:00:00Z')).toBe('2026-12-03T00:00:00Z');
  });

  it('that leave no gap never open', () => {
    expect(answer([daily('FREQ=DAILY;BYHOUR=0', 1440, 'UTC')], '2026-12-01T12:00:00Z')).toBe(
      'never',
    );
  });
});

describe('when clocks change in Oslo', () => {
  it('a start in the gap of 29 March 2026 moves forward by the gap', () => {
    const night = daily('FREQ=DAILY;BYHOUR=2;BYMINUTE=30', 30);
    expect(answer([night], '2026-03-28T01:45:00Z')).toBe('2026-03-28T02:00:00Z');
    expect(answer([night], '2026-03-29T00:45:00Z')).toBe('open');
    expect(answer([night], '2026-03-29T01:30:00Z')).toBe('2026-03-29T02:00:00Z');
  });

  it('a start that occurs twice on 25 October 2026 is the first', () => {
    const night = daily('FREQ=DAILY;BYHOUR=2;BYMINUTE=30', 30);
    expect(answer([night], '2026-10-25T00:45:00Z')).toBe('2026-10-25T01:00:00Z');
    expect(answer([night], '2026-10-25T01:45:00Z')).toBe('open');
  });

  it('the length is elapsed time', () => {
    const night = daily('FREQ=DAILY;BYHOUR=22', 600);
    expect(answer([night], '2026-03-29T05:00:00Z')).toBe('2026-03-29T07:00:00Z');
    expect(answer([night], '2026-10-25T05:30:00Z')).toBe('2026-10-25T06:00:00Z');
  });

  it('the next start keeps its wall-clock time', () => {
    expect(answer([workdays], '2026-03-28T12:00:00Z')).toBe('2026-03-30T07:00:00Z');
    expect(answer([workdays], '2026-10-24T12:00:00Z')).toBe('2026-10-26T08:00:00Z');
  });

  it('UNTIL is read as the instant it names', () => {
    const nights = daily('FREQ=DAILY;BYHOUR=9;UNTIL=20261101T080000Z', 60);
    expect(answer([nights], '2026-11-01T08:30:00Z')).toBe('2026-11-01T09:00:00Z');
    expect(answer([nights], '2026-11-02T08:30:00Z')).toBe('open');
  });
});

describe('UNTIL', () => {
  it.each<[until: string, last: string]>([
    ['20261102T080000Z', '2026-11-02'],
    ['20261102T075959Z', '2026-11-01'],
    ['20261102T090000', '2026-11-02'],
    ['20261102T085959', '2026-11-01'],
    ['20261102', '2026-11-02'],
  ])('%s lets a start at nine in Oslo be on %s at the latest', (until, last) => {
    const nights = daily(`FREQ=DAILY;BYHOUR=9;BYMINUTE=0;UNTIL=${until}`, 60);
    const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
    const closed = days.filter((day) => answer([nights], `${day}T08:30:00Z`) !== 'open');
    expect(closed.at(-1)).toBe(last);
  });
});

describe('a schedule that cannot be read', () => {
  const issues: [string, ChangeWindowSpec['schedule'], string][] = [
    ['no rule', { rrule: 'nonsense', durationMinutes: 5, timeZone: 'UTC' }, 'rrule'],
    ['hourly', { rrule: 'FREQ=HOURLY', durationMinutes: 5, timeZone: 'UTC' }, 'rrule'],
    ['COUNT alone', { rrule: 'FREQ=DAILY;COUNT=2', durationMinutes: 5, timeZone: 'UTC' }, 'rrule'],
    ['no zone', { rrule: 'FREQ=DAILY', durationMinutes: 5, timeZone: 'Mars/Base' }, 'timeZone'],
    ['an offset', { rrule: 'FREQ=DAILY', durationMinutes: 5, timeZone: '+02:00' }, 'timeZone'],
    ['no length', { rrule: 'FREQ=DAILY', durationMinutes: 0, timeZone: 'UTC' }, 'durationMinutes'],
    ['local from', { from: '2026-12-01T00:00:00', to: '2026-12-02T00:00:00Z' }, 'from'],
    ['nothing at all', undefined as never, 'rrule'],
    [
      'two rules',
      { rrule: 'FREQ=DAILY\nFREQ=WEEKLY', durationMinutes: 5, timeZone: 'UTC' },
      'rrule',
    ],
    [
      'further dates',
      { rrule: 'RRULE:FREQ=DAILY\nRDATE:20260105T090000', durationMinutes: 5, timeZone: 'UTC' },
      'rrule',
    ],
    [
      'a start of another zone',
      {
        rrule: 'DTSTART;TZID=Asia/Tokyo:20260105T090000\nRRULE:FREQ=DAILY',
        durationMinutes: 5,
        timeZone: 'Europe/Oslo',
      },
      'rrule',
    ],
    [
      'a day left out, not a time',
      { rrule: 'RRULE:FREQ=DAILY\nEXDATE:20260105', durationMinutes: 5, timeZone: 'UTC' },
      'rrule',
    ],
    ['turned round', { from: '2026-12-02T00:00:00Z', to: '2026-12-01T00:00:00Z' }, 'to'],
  ];
  it.each(issues)('%s', (_name, schedule, field) => {
    const spec: ChangeWindowSpec = { type: 'Deny', schedule };
    expect(windowIssues(spec).map((issue) => issue.field)).toEqual([`spec.schedule.${field}`]);
    expect(answer([window(spec)], '2026-12-01T12:00:00Z')).toBe('never');
  });

  it('DTSTART anchors COUNT and INTERVAL', () => {
    const rrule = 'DTSTART:20260105T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2';
    const fortnight = daily(rrule, 60, 'UTC');
    expect(windowIssues(fortnight.spec)).toEqual([]);
    expect(answer([fortnight], '2026-01-05T09:30:00Z')).toBe('2026-01-05T10:00:00Z');
    expect(answer([fortnight], '2026-01-12T09:30:00Z')).toBe('open');
    expect(answer([fortnight], '2026-01-19T09:30:00Z')).toBe('2026-01-19T10:00:00Z');
  });
});

describe('starts that are left out, and a last one', () => {
  const nine = 'FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0';

  it('EXDATE leaves a start out, in the wall-clock time of the zone', () => {
    const rrule = `RRULE:${nine}\nEXDATE:20261224T090000,20261225T090000`;
    const except = daily(rrule, 60);
    expect(windowIssues(except.spec)).toEqual([]);
    expect(answer([except], '2026-12-23T08:30:00Z')).toBe('2026-12-23T09:00:00Z');
    expect(answer([except], '2026-12-24T08:30:00Z')).toBe('open');
    expect(answer([except], '2026-12-25T08:30:00Z')).toBe('open');
    const allow = window({ ...except.spec, type: 'Allow' });
    expect(answer([allow], '2026-12-23T10:00:00Z')).toBe('2026-12-26T08:00:00Z');
  });

  it('an EXDATE with the zone of the schedule is the same', () => {
    const rrule = `RRULE:${nine}\nEXDATE;TZID=Europe/Oslo:20261224T090000`;
    expect(answer([daily(rrule, 60)], '2026-12-24T08:30:00Z')).toBe('open');
  });

  it('COUNT counts starts from DTSTART, those left out too', () => {
    const rrule = 'DTSTART:20261224T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261225T090000';
    const three = daily(rrule, 60, 'UTC');
    expect(answer([three], '2026-12-23T09:30:00Z')).toBe('open');
    expect(answer([three], '2026-12-24T09:30:00Z')).toBe('2026-12-24T10:00:00Z');
    expect(answer([three], '2026-12-25T09:30:00Z')).toBe('open');
    expect(answer([three], '2026-12-26T09:30:00Z')).toBe('2026-12-26T10:00:00Z');
    expect(answer([three], '2026-12-27T09:30:00Z')).toBe('open');
  });

  it('an Allow window is closed for ever after its last start', () => {
    const rrule = 'DTSTART:20261224T090000\nRRULE:FREQ=DAILY;COUNT=1';
    const once = window({
      type: 'Allow',
      schedule: { rrule, durationMinutes: 60, timeZone: 'UTC' },
    });
    expect(answer([once], '2026-12-24T08:00:00Z')).toBe('2026-12-24T09:00:00Z');
    expect(answer([once], '2026-12-24T10:00:00Z')).toBe('never');
  });
});

describe('days and nights', () => {
  it('29 February comes every four years', () => {
    const leap = daily('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0;BYMINUTE=0', 1440, 'UTC');
    expect(answer([leap], '2027-02-28T12:00:00Z')).toBe('open');
    expect(answer([leap], '2027-03-01T00:00:00Z')).toBe('open');
    expect(answer([leap], '2028-02-29T12:00:00Z')).toBe('2028-03-01T00:00:00Z');
    const allow = window({ ...leap.spec, type: 'Allow' });
    expect(answer([allow], '2026-03-01T00:00:00Z')).toBe('2028-02-29T00:00:00Z');
  });

  it('the last day of a month is whichever it is', () => {
    const last = daily('FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=12;BYMINUTE=0', 60, 'UTC');
    for (const day of ['2026-02-28', '2028-02-29', '2026-04-30', '2026-12-31']) {
      expect(answer([last], `${day}T12:30:00Z`), day).toBe(`${day}T13:00:00Z`);
    }
  });

  it('a night goes on after midnight, into another month and year', () => {
    const night = daily('FREQ=DAILY;BYHOUR=22;BYMINUTE=0', 480);
    expect(answer([night], '2026-12-31T20:59:59Z')).toBe('open');
    expect(answer([night], '2026-12-31T21:00:00Z')).toBe('2027-01-01T05:00:00Z');
    expect(answer([night], '2027-01-01T04:59:59Z')).toBe('2027-01-01T05:00:00Z');
    expect(answer([night], '2027-01-01T05:00:00Z')).toBe('open');
  });

  it('a weekend that begins on Friday reaches Monday', () => {
    const weekend = daily('FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=0', 62 * 60, 'UTC');
    expect(answer([weekend], '2026-11-29T23:00:00Z')).toBe('2026-11-30T08:00:00Z');
    expect(answer([weekend], '2026-11-30T08:00:00Z')).toBe('open');
  });

  it('the next opening is one that every window gives', () => {
    const nights = daily('FREQ=DAILY;BYHOUR=18;BYMINUTE=0', 14 * 60, 'UTC');
    const friday = window(
      { schedule: { from: '2026-11-27T00:00:00Z', to: '2026-11-27T12:00:00Z' } },
      'friday',
    );
    const cluster = window(
      {
        type: 'Allow',
        schedule: {
          rrule: 'FREQ=WEEKLY;BYDAY=FR,MO;BYHOUR=6',
          durationMinutes: 240,
          timeZone: 'UTC',
        },
      },
      'hours',
      SYSTEM,
    );
    expect(answer([nights, friday, cluster], '2026-11-26T19:00:00Z')).toBe('2026-11-30T08:00:00Z');
  });
});

describe('a rollout under way', () => {
  const at = '2026-12-24T00:00:00Z';
  const both = [
    window({ inFlight: 'Finish' }, 'finish'),
    window({ inFlight: 'Hold', gates: ['Promotion'] }, 'hold'),
  ];

  it('goes on under Finish, and stops at what Hold closes', () => {
    expect(answer(both, at, 'RolloutStart')).toBe('2027-01-03T23:00:00Z');
    expect(answer(both, at, 'TrafficIncrease')).toBe('open');
    expect(answer(both, at, 'Promotion')).toBe('2027-01-03T23:00:00Z');
  });

  it('is not held by an Allow window with Finish that is over', () => {
    const hours = window({ ...workdays.spec, inFlight: 'Finish' });
    expect(answer([hours], '2026-11-24T16:00:00Z', 'RolloutStart')).toBe('2026-11-25T08:00:00Z');
    expect(answer([hours], '2026-11-24T16:00:00Z', 'Promotion')).toBe('open');
  });
});
