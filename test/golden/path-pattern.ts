/**
 * Whether a path fits a pattern: `*` stands for any text without a space or a dot, `**` for any text; all else stands
 * for itself.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^ .]*' : RegExp.escape(part);
    })
    .join('');
  return new RegExp(`^${source}$`, 's').test(path);
}

/** Whether a pattern stands for more than one path. */
export function isPattern(text: string): boolean {
  return text.includes('*');
}
