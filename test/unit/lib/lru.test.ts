import { describe, expect, it } from 'vitest';
import { LruMap } from '../../../src/lib/lru.ts';

describe('a bounded map', () => {
  it('forgets what was not used for longest', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
  });

  it('counts writing as a use, and deletes', () => {
    const map = new LruMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 4);
    map.set('c', 3);
    expect([map.get('a'), map.get('b')]).toEqual([4, undefined]);
    expect([map.delete('a'), map.delete('a'), map.size]).toEqual([true, false, 1]);
  });
});
