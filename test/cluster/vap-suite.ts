import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { auditAnnotations } from './vap-audit.ts';
import { readCases, type VapCase } from './vap-case.ts';
import { VapClient, type Answer } from './vap-client.ts';
import { differences, plain, type Plain } from './vap-compare.ts';
import { DECLARED_DIFFERENCES } from './vap-differences.ts';
import { SIDES, type Side } from './vap-objects.ts';
import { shippedCases } from './vap-shipped.ts';
import { furnish, inParallel, prepare } from './vap-world.ts';

/** What a case must show at the least, by area; all areas together have 100 cases. */
const LEAST: Readonly<Record<string, number>> = {
  mutations: 20,
  params: 15,
  authorizer: 10,
  conditions: 10,
  failing: 10,
  shipped: 10,
};
const LEAST_CASES = 100;
const LEAST_DENIED = 0.4;
/** Policies are in force when the suite begins; parameters and rights may come a moment later. */
const ROUNDS = 3;
/** The area whose policies differ on purpose: the suite must find that. */
const TAMPERED = 'tampered';

type Answers = Readonly<Record<Side, Plain>>;

/** The same policies and requests put to Kubernetes' own admission policies and to Sluice. */
export async function vapSuite(context: SuiteContext): Promise<void> {
  const { report } = context;
  const own = readCases();
  const cases = [...own, ...shippedCases(own.length + 1)];
  await report.check('vap: the cases cover what they should', () => coverage(cases));
  const restore = await prepare(context);
  const client = new VapClient(context.cluster.api.access);
  const remove = await furnish(context, client, cases);
  try {
    const answers = await answerAll(context, client, cases);
    for (const each of cases) {
      await report.check(`vap: ${each.id} ${each.area}: ${each.name}`, () =>
        judge(each, answers.get(each.id)),
      );
    }
    await report.check('vap: one changed byte of an answer is found', () =>
      sensitivity(cases, answers),
    );
  } finally {
    client.close();
    await remove();
    await restore();
  }
}

function coverage(cases: readonly VapCase[]): string {
  const counted = cases.filter(({ area }) => area !== TAMPERED);
  const denied = counted.filter(({ verdict }) => verdict === 'deny').length;
  for (const [area, least] of Object.entries(LEAST)) {
    const count = counted.filter((each) => each.area === area).length;
    expect(count >= least, `${area}: ${count} cases, at least ${least} are needed`);
  }
  expect(counted.length >= LEAST_CASES, `${counted.length} cases`);
  expect(denied >= LEAST_DENIED * counted.length, `${denied} of ${counted.length} are denied`);
  const shown = new Set(cases.flatMap(({ difference }) => difference ?? []));
  const declared = Object.keys(DECLARED_DIFFERENCES);
  expect(declared.length <= 5, `${declared.length} declared differences`);
  expect(
    [...shown].every((key) => declared.includes(key)),
    `not declared: ${[...shown].join(', ')}`,
  );
  return `${counted.length} cases, ${denied} denied, ${declared.length} declared differences`;
}

/** Asks both sides; cases that differ are asked again. */
async function answerAll(
  context: SuiteContext,
  client: VapClient,
  cases: readonly VapCase[],
): Promise<Map<string, Answers>> {
  const answers = new Map<string, Answers>();
  let open = cases;
  for (let round = 0; round < ROUNDS && open.length > 0; round++) {
    const given = await answerOnce(context, client, open);
    for (const [id, answer] of given) answers.set(id, answer);
    open = open.filter((each) => problemsOf(each, given.get(each.id)).length > 0);
  }
  return answers;
}

async function answerOnce(
  { cluster }: SuiteContext,
  client: VapClient,
  cases: readonly VapCase[],
): Promise<Map<string, Answers>> {
  const raw = new Map<string, Readonly<Record<Side, Answer>>>();
  await inParallel(cases, async (each) => {
    const [kubernetes, sluice] = await Promise.all(SIDES.map((side) => client.send(each, side)));
    if (kubernetes !== undefined && sluice !== undefined) raw.set(each.id, { kubernetes, sluice });
  });
  const ids = [...raw.values()].flatMap((pair) => SIDES.map((side) => pair[side].auditId));
  const annotations = await auditAnnotations(cluster.auditLog, ids);
  return new Map(
    cases.flatMap((each) => {
      const pair = raw.get(each.id);
      if (pair === undefined) return [];
      const of = (side: Side): Plain =>
        plain(each, pair[side], annotations.get(pair[side].auditId) ?? {});
      return [[each.id, { kubernetes: of('kubernetes'), sluice: of('sluice') }]];
    }),
  );
}

function judge(each: VapCase, answers: Answers | undefined): string | undefined {
  const problems = problemsOf(each, answers);
  if (problems.length > 0) throw new Error(problems.join('\n        '));
  const message = answers?.kubernetes.message ?? '';
  return message === '' ? undefined : message.slice(0, 120);
}

/** Why a case does not hold. */
function problemsOf(each: VapCase, answers: Answers | undefined): string[] {
  if (answers === undefined) return ['no answer'];
  const { kubernetes, sluice } = answers;
  const found = differences(kubernetes, sluice);
  if (each.area === TAMPERED) return found.length > 0 ? [] : ['the change was not found'];
  return [...unexpected(each, kubernetes), ...undeclared(each, found)];
}

function unexpected({ verdict, message }: VapCase, answer: Plain): string[] {
  const given = answer.code >= 400 ? 'deny' : answer.warnings.length > 0 ? 'warn' : 'allow';
  if (given !== verdict) {
    return [`Kubernetes says ${given}, not ${verdict}: ${JSON.stringify(answer)}`];
  }
  const text = [answer.message, ...answer.warnings].join('\n');
  return message === undefined || text.includes(message) ? [] : [`Kubernetes says: ${text}`];
}

/** Differences that no row of the table stands for; a row that shows nothing any more is one, too. */
function undeclared({ difference }: VapCase, found: readonly string[]): readonly string[] {
  if (difference === undefined) return found;
  const fields = DECLARED_DIFFERENCES[difference]?.fields ?? [];
  const others = found.filter((text) => !fields.some((field) => text.startsWith(`${field}:`)));
  return found.length > 0 ? others : [`the declared difference ${difference} is gone`];
}

/** Changes each part of answers that agree, and demands that every change is found. */
function sensitivity(cases: readonly VapCase[], answers: ReadonlyMap<string, Answers>): string {
  const agreed = cases.flatMap((each) => {
    const pair = answers.get(each.id);
    return pair !== undefined && differences(pair.kubernetes, pair.sluice).length === 0
      ? [pair]
      : [];
  });
  let changed = 0;
  for (const { kubernetes, sluice } of agreed) {
    for (const other of changes(sluice)) {
      changed += 1;
      expect(differences(kubernetes, other).length > 0, `not found: ${JSON.stringify(other)}`);
    }
  }
  expect(changed > agreed.length, 'too little was changed');
  return `${changed} changes in ${agreed.length} answers`;
}

function changes(answer: Plain): Plain[] {
  const { message, warnings, object } = answer;
  const last = message.length - 1;
  return [
    { ...answer, code: answer.code + 1 },
    { ...answer, warnings: [...warnings, 'x'] },
    ...(message === '' ? [] : [{ ...answer, message: `${message.slice(0, last)}~` }]),
    ...(object === undefined ? [] : [{ ...answer, object: { ...object, extra: 1 } }]),
  ];
}
