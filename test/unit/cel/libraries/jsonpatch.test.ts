import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([[`jsonpatch.escapeKey('a/b~c')`, '"a~1b~0c"', 1]])(
  '%s',
  (expression, text, cost) => {
    expect(answer(expression)).toEqual({ text, cost });
  },
);
