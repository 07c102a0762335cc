/** One query of a panel, with `$namespace`, `$name`, `$job` and Grafana's `$__rate_interval` in it. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** A panel: what it asks and how it looks. */
export interface Panel {
  readonly title: string;
  /** What one sees there, and when it is bad. */
  readonly description: string;
  readonly type: 'timeseries' | 'stat' | 'state-timeline';
  /** Of Grafana: `s`, `percent`, `percentunit`, `bytes`, `reqps`, `short`, `dateTimeFromNow`. */
  readonly unit: string;
  /** Columns of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  /** Values that have a name. */
  readonly words?: Readonly<Record<string, string>>;
  /** From which value on it is red; with `below` red is what lies under it. */
  readonly red?: { readonly above: number } | { readonly below: number };
}

/** A list that one chooses from. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  /** As `label_values(metric, label)`. */
  readonly query: string;
}

export interface Dashboard {
  /** Name of its file, without the ending. */
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly choices: readonly Choice[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
const COLUMNS = 24;
const HEIGHTS = { timeseries: 8, stat: 4, 'state-timeline': 8 } as const;
/** Of Grafana 10.4; newer ones take it. */
const SCHEMA_VERSION = 39;

/** The processes of one installation, among others that are scraped. */
export const JOB: Choice = { name: 'job', label: 'Job', query: 'label_values(sluice_info, job)' };

/** A dashboard as Grafana reads it. */
export function dashboardJson({ file, title, description, choices, rows }: Dashboard): string {
  const dashboard = {
    uid: `sluice-${file}`,
    title,
    description,
    tags: ['sluice'],
    editable: true,
    graphTooltip: 1,
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasourceChoice(), ...choices.map(choiceJson)] },
    annotations: { list: [] },
    panels: panelsOf(rows),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function datasourceChoice(): object {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };
}

function choiceJson({ name, label, query }: Choice): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** Rows one under the other, their panels from left to right. */
function panelsOf(rows: Dashboard['rows']): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: inRow } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: COLUMNS, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of inRow) {
      if (x + panel.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      const h = HEIGHTS[panel.type];
      const gridPos = { h, w: panel.width, x, y };
      panels.push(panelJson(panel, panels.length + 1, gridPos));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  const { type, title, description, queries } = panel;
  return {
    id,
    type,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: { defaults: defaultsOf(panel), overrides: [] },
    options: optionsOf(type),
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}

function defaultsOf({ unit, words = {}, red }: Panel): object {
  const options = Object.fromEntries(
    Object.entries(words).map(([value, text], index) => [value, { text, index }]),
  );
  const steps =
    red === undefined
      ? [{ color: 'green', value: null }]
      : 'above' in red
        ? [
            { color: 'green', value: null },
            { color: 'red', value: red.above },
          ]
        : [
            { color: 'red', value: null },
            { color: 'green', value: red.below },
          ];
  return {
    unit,
    mappings: Object.keys(words).length === 0 ? [] : [{ type: 'value', options }],
    thresholds: { mode: 'absolute', steps },
  };
}

function optionsOf(type: Panel['type']): object {
  switch (type) {
    case 'stat':
      return { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } };
    case 'state-timeline':
      return { showValue: 'auto', legend: { displayMode: 'list', placement: 'bottom' } };
    case 'timeseries':
      return {
        legend: { displayMode: 'list', placement: 'bottom' },
        tooltip: { mode: 'multi', sort: 'desc' },
      };
  }
}
