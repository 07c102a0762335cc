import { expect, it } from 'vitest';
import { withSection, withSectionsOf } from '../../bench/page.ts';

const PAGE = '# Benchmarks\n\nfigures\n';

it('a section is added at the end, and replaced where it is', () => {
  const one = withSection(PAGE, 'rollout', 'first $& text');
  expect(one).toBe(
    `${PAGE}\n<!-- section rollout -->\n\nfirst $& text\n\n<!-- end of section -->\n`,
  );
  const two = withSection(one, 'delivery', 'other');
  expect(withSection(two, 'rollout', 'second $& text')).toBe(two.replace('first', 'second'));
});

it('sections outlive the page that they stood on', () => {
  const before = withSection(withSection(PAGE, 'a', 'one'), 'b', 'two');
  const after = withSectionsOf('# Benchmarks\n\nnewer\n', before);
  expect(after).toBe(before.replace('figures', 'newer'));
  expect(withSectionsOf(PAGE, '# Benchmarks\n')).toBe(PAGE);
});
