/** The users of a list; `*` in one stands for any text without a colon, such as a namespace. */
export function matchesUser(users: readonly string[], username: string): boolean {
  return users.some((user) => new RegExp(patternOf(user)).test(username));
}

/** The same as an expression of the API server's, about `request.userInfo.username`. */
export function userExpression(users: readonly string[]): string {
  const exact = users.filter((user) => !user.includes('*'));
  const patterns = users.filter((user) => user.includes('*')).map(patternOf);
  const parts = [
    ...(exact.length === 0 ? [] : [`request.userInfo.username in ${JSON.stringify(exact)}`]),
    ...patterns.map((pattern) => `request.userInfo.username.matches(${JSON.stringify(pattern)})`),
  ];
  return parts.length === 0 ? 'false' : parts.join(' || ');
}

function patternOf(user: string): string {
  const parts = user.split('*').map((part) => part.replaceAll(/[^\w:/@-]/g, '\\$&'));
  return `^${parts.join('[^:]*')}$`;
}
