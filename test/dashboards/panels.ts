import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const DASHBOARD_FOLDER = 'manifests/grafana';

/** A query of a panel of a dashboard file. */
export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  /** As it stands in the file. */
  readonly expr: string;
}

/** What one chooses from at the top of a dashboard: `label_values(match, label)`. */
export interface ChoiceQuery {
  readonly dashboard: string;
  readonly name: string;
  readonly match: string;
  readonly label: string;
}

interface DashboardFile {
  readonly title: string;
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly definition?: string;
    }[];
  };
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

/** Every query of every panel. @throws Error for a panel without one */
export function panelQueries(): PanelQuery[] {
  return dashboards().flatMap(({ title, panels }) =>
    panels
      .filter(({ type }) => type !== 'row')
      .flatMap(({ title: panel, targets = [] }) => {
        if (targets.length === 0) throw new Error(`${title}: ${panel} asks nothing`);
        return targets.map(({ expr }) => ({ dashboard: title, panel, expr }));
      }),
  );
}

/** Every list to choose from. */
export function choiceQueries(): ChoiceQuery[] {
  return dashboards().flatMap(({ title, templating }) =>
    templating.list
      .filter(({ type }) => type === 'query')
      .map(({ name, definition = '' }) => {
        const match = /^label_values\((.*), *([a-z_]+)\)$/.exec(definition);
        if (match === null) throw new Error(`${title}: cannot read ${definition}`);
        return { dashboard: title, name, match: match[1] ?? '', label: match[2] ?? '' };
      }),
  );
}

/**
 * A query as Grafana would send it for this choice. What a panel shows where there is no series (`or vector(0)`) is left
 * out: with it no panel would ever be without data.
 */
export function filledIn(expr: string, choice: Readonly<Record<string, string>>): string {
  const query = expr.replace(/\s+or vector\(0\)\s*$/, '');
  return query.replace(/\$(__)?([a-z_]+)/g, (whole, _own, name: string) => {
    const value = choice[name];
    if (value === undefined) throw new Error(`${whole} stands for nothing in ${expr}`);
    return value;
  });
}

function dashboards(): DashboardFile[] {
  return readdirSync(DASHBOARD_FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(DASHBOARD_FOLDER, file), 'utf8')) as DashboardFile);
}
