/** RFC 3339 in UTC with milliseconds. @param epochMs milliseconds since the Unix epoch */
export function rfc3339Millis(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
