import { describe, expect, it } from 'vitest';
import { compareRecordings, factsOf, type Recording } from '../../golden/compare.ts';

const OWN = new Set(['RolloutRun']);
const EMPTY: Recording = {
  'scenario.json': '{}',
  'status.txt': '',
  'changes.txt': '',
  'events.txt': '',
  'calls.txt': '',
  'objects.yaml': '# ---- when Initialized ----\n# ---- at the end, where different ----\n',
};

function compare(file: keyof Recording, golden: string, ours: string): string[] {
  const a = { ...EMPTY, [file]: golden };
  const b = { ...EMPTY, [file]: ours };
  return compareRecordings(a, b, OWN).map(
    ({ path, golden: theirs = '-', ours: mine = '-' }) => `${path}: ${theirs} | ${mine}`,
  );
}

const status = (phase: string, weight: number, failedChecks = 0): string =>
  `${phase} weight=${weight} iterations=0 failedChecks=${failedChecks} promoted=Unknown/${phase}`;

describe('status.txt', () => {
  const golden = [status('Progressing', 10), status('Progressing', 10, 1), status('Failed', 0)];

  it('is equal to itself', () => {
    expect(compare('status.txt', golden.join('\n'), golden.join('\n'))).toEqual([]);
  });

  it('names the field whose change is missing', () => {
    expect(compare('status.txt', golden.join('\n'), [golden[0], golden[2]].join('\n'))).toEqual([
      `Progressing.failedChecks: ${golden[1] ?? ''} | -`,
    ]);
  });

  it('names a phase that only one entered', () => {
    const more = [golden[0], golden[1], status('Promoting', 10), golden[2]].join('\n');
    expect(compare('status.txt', golden.join('\n'), more)).toEqual([
      `Promoting: - | ${status('Promoting', 10)}`,
    ]);
  });

  it('names the field that differs in one step', () => {
    const other = [status('Progressing', 20), golden[1], golden[2]].join('\n');
    expect(compare('status.txt', golden.join('\n'), other)).toEqual([
      'Progressing.weight: 10 | 20',
    ]);
  });
});

describe('changes.txt', () => {
  const golden = [
    '+ Deployment/podinfo-primary created',
    '~ HTTPRoute/podinfo',
    '  spec.rules[0].backendRefs[0].weight: 100 -> 90',
    '  spec.rules[0].backendRefs[1].weight: 0 -> 10',
    `= status ${status('Progressing', 10)}`,
    '- Service/old deleted',
  ].join('\n');

  it.each([
    ['its own kinds', golden.replace('~ HTTP', '+ RolloutRun/podinfo-1 created\n~ HTTP')],
    ['controller revisions', `+ ControllerRevision/x created\n${golden}`],
  ])('leaves out %s', (_title, ours) => {
    expect(compare('changes.txt', golden, ours)).toEqual([]);
  });

  it('names the field that changes otherwise', () => {
    expect(compare('changes.txt', golden, golden.replace('100 -> 90', '100 -> 80'))).toEqual([
      '~ HTTPRoute/podinfo spec.rules[0].backendRefs[0].weight: 100 -> 90 | 100 -> 80',
    ]);
  });

  it('tells creation, deletion and status', () => {
    const ours = golden
      .replace('+ Deployment/podinfo-primary created\n', '')
      .replace('- Service/old deleted', '- Service/older deleted')
      .replace('weight=10', 'weight=20');
    expect(compare('changes.txt', golden, ours)).toEqual([
      '+ Deployment/podinfo-primary: created | -',
      '= Progressing.weight: 10 | 20',
      '- Service/old: deleted | -',
      '- Service/older: - | deleted',
    ]);
  });

  it('tells what both do at another time', () => {
    const [first = '', ...rest] = golden.split('\n');
    expect(compare('changes.txt', golden, [...rest, first].join('\n'))).toEqual([
      'order + Deployment/podinfo-primary: first | -',
      'order + Deployment/podinfo-primary: - | after - Service/old',
    ]);
  });

  it('takes what an autoscaler does to a primary when it comes', () => {
    const scaling = '~ Deployment/podinfo-primary\n  spec.replicas: 1 -> 2\n';
    const before = '+ HorizontalPodAutoscaler/podinfo-primary created\n';
    const a = `${before}${scaling}+ Service/podinfo created\n${golden}`;
    const b = `${before}+ Service/podinfo created\n${golden}\n${scaling}`;
    expect(compare('changes.txt', a, b)).toEqual([]);
    expect(compare('changes.txt', a, b.replace('1 -> 2', '1 -> 3'))).toEqual([
      '~ Deployment/podinfo-primary spec.replicas: 1 -> 2 | 1 -> 3',
    ]);
  });
});

describe('events.txt', () => {
  it('tells wording, number and folding apart', () => {
    const golden =
      'Normal Synced a\nNormal Synced b\nNormal Synced (combined from similar events): c';
    const ours = 'Normal Synced a\nNormal Synced a\nNormal Synced B\nNormal Synced c';
    expect(compare('events.txt', golden, ours)).toEqual([
      'event Normal Synced b: Normal Synced b | -',
      'repeated Normal Synced a: - | Normal Synced a',
      'event Normal Synced B: - | Normal Synced B',
      'folded: (combined from similar events): | no note',
    ]);
  });

  it('masks what was measured on real traffic, and nothing else', () => {
    const line = (value: string, limit = '99'): Recording => ({
      ...EMPTY,
      'scenario.json': '{"manual":true}',
      'events.txt': `Warning Synced Halt p.ns advancement success rate ${value} < ${limit}%`,
    });
    expect(compareRecordings(line('53.62%'), line('70.10%'), OWN)).toEqual([]);
    expect(compareRecordings(line('53.62%'), line('53.62%', '98'), OWN)).toHaveLength(2);
    const stubbed = { ...line('90.00%'), 'scenario.json': '{}' };
    const other = { ...line('91.00%'), 'scenario.json': '{}' };
    expect(compareRecordings(stubbed, other, OWN)).toHaveLength(2);
  });
});

describe('calls.txt', () => {
  const hook = (phase: string, answer = 200): string =>
    `hook load-test => ${answer} {"name":"podinfo","phase":"${phase}"}`;
  const event = (message: string): string =>
    `hook event => 200 {"metadata":{"eventMessage":"${message}"}}`;

  it('compares each stream by itself', () => {
    const golden = `# analysis\n${hook('Progressing')}\nquery up => 1\n# event webhook\n${event('a')}`;
    const ours = `# event webhook\n${event('a')}\n# analysis\n${hook('Failed', 500)}\nquery up => 2`;
    expect(compare('calls.txt', golden, ours)).toEqual([
      'analysis: hook load-test answer: "200" | "500"',
      'analysis: hook load-test payload.phase: "Progressing" | "Failed"',
      'analysis: query up answer: 1 | 2',
    ]);
  });

  it('tells a payload with another key', () => {
    const golden = `# analysis\n${hook('Progressing')}`;
    const ours = `# analysis\n${hook('Progressing').replace('{', '{"id":"1",')}`;
    expect(compare('calls.txt', golden, ours)).toEqual([
      'analysis: hook load-test payload.id: - | "1"',
    ]);
  });

  it('tells calls that only one makes, and makes less often', () => {
    const golden = `# event webhook\n${event('a')}\n${event('b')}`;
    const ours = `# event webhook\n${event('a')}\n${event('a')}`;
    expect(compare('calls.txt', golden, ours)).toEqual([
      `event webhook: event b: ${event('b')} | -`,
      `event webhook: repeated event a: - | ${event('a')}`,
    ]);
  });
});

describe('objects.yaml', () => {
  const objects = (first: string, end = ''): string =>
    `# ---- when Initialized ----\n${first}# ---- at the end, where different ----\n${end}`;
  const service = (port: number): string =>
    `# Service/podinfo\nspec:\n  ports:\n    - port: ${port}\n`;
  const canary = (applied: string, promoted: string): string =>
    `# Canary/podinfo\nstatus:\n  lastAppliedSpec: "${applied}"\n  lastPromotedSpec: "${promoted}"\n`;

  it('compares both moments, the end with what is as it was', () => {
    const golden = objects(service(80));
    expect(compare('objects.yaml', golden, objects(service(80), service(81)))).toEqual([
      'end Service/podinfo spec.ports[0].port: 80 | 81',
    ]);
    expect(compare('objects.yaml', golden, objects(''))).toEqual([
      'initialized Service/podinfo: exists | -',
      'end Service/podinfo: exists | -',
    ]);
  });

  it("takes digests for equal where Flagger's are equal", () => {
    const golden = objects(canary('4', '4'), canary('5', '4'));
    expect(compare('objects.yaml', golden, objects(canary('a', 'a'), canary('b', 'a')))).toEqual(
      [],
    );
    expect(
      compare('objects.yaml', golden, objects(canary('a+1', 'a+1'), canary('b+1', 'a+2'))),
    ).toEqual([]);
    expect(compare('objects.yaml', golden, objects(canary('a', 'a'), canary('b', 'b')))).toEqual([
      'end Canary/podinfo status.lastPromotedSpec: "<digest 1>" | "<digest 2>"',
    ]);
    expect(compare('objects.yaml', golden, objects(canary('a', 'b'), canary('b', 'a')))).toEqual([
      'initialized Canary/podinfo status.lastPromotedSpec: "<digest 1>" | "<digest 2>"',
    ]);
  });
});

describe('a scenario', () => {
  it('must be the recorded one, and come to its end', () => {
    expect(compare('scenario.json', '{"a":1}', '{"a":2}')).toHaveLength(1);
    expect(compare('verdict', '', 'timeout')).toEqual(['verdict:  | timeout']);
  });

  it('tells what may differ in it', () => {
    const of = (text: string, calls = ''): Recording => ({
      ...EMPTY,
      'status.txt': text,
      'calls.txt': calls,
    });
    expect(factsOf(of(`${status('Initializing', 0)}\n`))).toMatchObject({ isStuck: true });
    expect(factsOf(of(`${status('Initialized', 0)}\n`, '# analysis\nquery up => 1\n'))).toEqual({
      isStuck: false,
      isUnanswered: false,
      isWaiting: false,
    });
    const waiting = `${status('WaitingPromotion', 0)}\n${status('Failed', 0)}\n`;
    expect(factsOf(of(waiting, '# analysis\nquery up => null\n'))).toEqual({
      isStuck: false,
      isUnanswered: true,
      isWaiting: true,
    });
  });
});
