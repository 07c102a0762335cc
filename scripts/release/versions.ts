const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
/** What the version of Sluice stands behind, by file; the number after it is replaced. */
const PLACES: Readonly<Record<string, readonly RegExp[]>> = {
  'package.json': [/(^ {2}"version": ")([^"]+)/m],
  // The lockfile's own, and that of the package at its root.
  'package-lock.json': [/(^ {2}"version": ")([^"]+)/m, /(^ {6}"version": ")([^"]+)/m],
  'manifests/chart/Chart.yaml': [/(^version: )(\S+)/m, /(^appVersion: )(\S+)/m],
  'manifests/base/webhook.yaml': [/(image: sluice:)(\S+)/],
  'manifests/base/controller.yaml': [/(image: sluice:)(\S+)/],
};

/** Every file that names the version, from the root of the repository. */
export const VERSIONED_FILES = Object.keys(PLACES);

/** The versions that a file names. @throws Error when it names none where one must stand */
export function versionsIn(file: string, text: string): string[] {
  return (PLACES[file] ?? []).map((place) => {
    const found = place.exec(text)?.[2];
    if (found === undefined) throw new Error(`${file} names no version`);
    return found;
  });
}

/** The file's text with another version. @throws Error when that is no version, or there is none to replace */
export function setVersion(file: string, text: string, version: string): string {
  if (!SEMVER.test(version)) throw new Error('a version is MAJOR.MINOR.PATCH');
  versionsIn(file, text);
  return (PLACES[file] ?? []).reduce(
    (changed, place) => changed.replace(place, (_all, before: string) => `${before}${version}`),
    text,
  );
}
