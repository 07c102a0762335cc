import { expect, test } from 'vitest';
import { Outbox } from '../../../src/delivery/outbox.ts';

/** Letters that are sent when they are let go, in a list of what became of them. */
function lettersOf(outbox: Outbox): {
  readonly log: string[];
  readonly post: (key: string, name: string) => void;
  readonly letGo: (name: string) => Promise<void>;
} {
  const log: string[] = [];
  const open = new Map<string, () => void>();
  return {
    log,
    post: (key, name) => {
      outbox.post(key, {
        send: async (signal) => {
          log.push(`begin ${name}`);
          const { promise, resolve, reject } = Promise.withResolvers<undefined>();
          open.set(name, () => {
            resolve(undefined);
          });
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
          await promise;
          log.push(`end ${name}`);
        },
        dropped: () => log.push(`drop ${name}`),
      });
    },
    letGo: async (name) => {
      open.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

test('letters of one key go one after the other, of others at the same time', async () => {
  const { log, post, letGo } = lettersOf(new Outbox(5));
  post('a', 'a1');
  post('a', 'a2');
  post('b', 'b1');
  expect(log).toEqual(['begin a1', 'begin b1']);
  await letGo('a1');
  expect(log).toEqual(['begin a1', 'begin b1', 'end a1', 'begin a2']);
});

test('of too many the oldest that waits is dropped', async () => {
  const { log, post, letGo } = lettersOf(new Outbox(2));
  for (const name of ['1', '2', '3', '4']) post('a', name);
  await letGo('1');
  await letGo('3');
  expect(log).toEqual(['begin 1', 'drop 2', 'end 1', 'begin 3', 'end 3', 'begin 4']);
});

test('what waits under a forgotten key is not sent, what is posted later is', async () => {
  const outbox = new Outbox(5);
  const { log, post, letGo } = lettersOf(outbox);
  post('a', '1');
  post('a', '2');
  outbox.forget('a');
  await letGo('1');
  post('a', '3');
  expect(log).toEqual(['begin 1', 'end 1', 'begin 3']);
});

test('closing gives up what is on its way, and nothing is sent any more', async () => {
  const outbox = new Outbox(5);
  const { log, post } = lettersOf(outbox);
  post('a', '1');
  post('a', '2');
  await outbox.close();
  post('b', '3');
  expect(log).toEqual(['begin 1']);
});
