const LINE = /^ARG NODE_IMAGE=(?<name>[^\s:@]+):(?<tag>[^\s@]+?)(?:@(?<digest>\S+))?$/m;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The base image that a Dockerfile names. */
export interface BaseImage {
  readonly name: string;
  readonly tag: string;
  /** Absent until a release has pinned it. */
  readonly digest: string | undefined;
}

/** Reads the base image. @throws Error when the Dockerfile's text names none, or a digest of the wrong form */
export function readBase(dockerfile: string): BaseImage {
  const { name, tag, digest } = LINE.exec(dockerfile)?.groups ?? {};
  if (name === undefined || tag === undefined) {
    throw new Error('the Dockerfile has no line ARG NODE_IMAGE=<name>:<tag>');
  }
  if (digest !== undefined) assertDigest(digest);
  return { name, tag, digest };
}

/** The text with the base pinned to the digest; an earlier one is replaced. @throws Error for a digest of the wrong form */
export function pinBase(dockerfile: string, digest: string): string {
  assertDigest(digest);
  const { name, tag } = readBase(dockerfile);
  return dockerfile.replace(LINE, `ARG NODE_IMAGE=${name}:${tag}@${digest}`);
}

function assertDigest(digest: string): void {
  if (!DIGEST.test(digest)) throw new Error('a digest is sha256: and 64 lower-case hex digits');
}
