/** What the documentation says of a plug-in beside its capabilities; the pages are generated from it. Plain English, Markdown within a line. */
export interface PluginDocs {
  /** What it is for: one sentence. */
  readonly summary: string;
  /** What must be there before it works: objects, versions, permissions, keys of a Secret. One sentence each. */
  readonly prerequisites: readonly string[];
  /** YAML that works as it stands, with the lines that concern this plug-in. */
  readonly example: string;
  /** What behaves otherwise than users of Flagger may expect, and limits. One sentence each. */
  readonly notes?: readonly string[];
}
