import type { PluginDocs } from '../plugin-docs.ts';

/** How bad it is, as in `spec.analysis.alerts[].severity`. */
export type AlertSeverity = 'info' | 'warn' | 'error';

/** A named value below an alert's text. */
export interface AlertField {
  readonly name: string;
  readonly value: string;
}

/** What is told about a Canary. */
export interface AlertMessage {
  readonly canary: string;
  readonly namespace: string;
  readonly severity: AlertSeverity;
  readonly text: string;
  readonly fields: readonly AlertField[];
}

/** Under which name, and where, a chat shows an alert; chats whose address says it do not look at them. */
export interface AlertSender {
  readonly username: string;
  readonly channel: string;
}

/** How one kind of chat is told an alert: a POST of JSON, taken with a status of 2xx that says nothing against it. Everything here is pure. */
export interface Notifier {
  /** As in `AlertProvider.spec.type`. */
  readonly type: string;
  /** For the generated reference. */
  readonly docs?: PluginDocs;
  readonly capabilities: {
    /** Takes a bearer token. */
    readonly token: boolean;
    /** Needs a channel. */
    readonly channel: boolean;
  };
  /** The address that is called for the one that was configured, which is an http or https URL. */
  address(configured: string): string;
  /** The body, as Flagger 1.44 sends it. */
  payload(message: AlertMessage, sender: AlertSender): unknown;
  /**
   * What an answer of 2xx says against it, for servers that refuse so; one short phrase, never the answer itself.
   * @returns undefined when the alert was taken
   */
  refusal?(body: string): string | undefined;
}
