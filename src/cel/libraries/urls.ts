import type { CelLibrary, FunctionDeclaration } from '../library.ts';
import { BOOL, listOf, mapOf, opaque, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { instanceAt, stringAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { StringMap } from './support/string-map.ts';
import { checkRequestUri } from './support/parse-url.ts';
import { succeeds } from './support/succeeds.ts';
import { Url } from './support/url.ts';

const URL_TYPE = opaque('kubernetes.URL');

/** URLs, with the semantics of Go's net/url. */
export const library: CelLibrary = {
  name: 'kubernetes.urls',
  since: '1.0',
  functions: [
    declare(
      'url',
      global(
        'string_to_url',
        { params: [STRING], result: URL_TYPE },
        { call: (args) => new Url(stringAt(args, 0)), cost: traversal(0) },
      ),
    ),
    declare(
      'isURL',
      global(
        'is_url_string',
        { params: [STRING], result: BOOL },
        {
          call: (args) => {
            const text = stringAt(args, 0);
            return succeeds(() => {
              checkRequestUri(text);
            });
          },
        },
      ),
    ),
    reading('getScheme', 'url_get_scheme', STRING, (url) => url.scheme),
    reading('getHost', 'url_get_host', STRING, (url) => url.host),
    reading('getHostname', 'url_get_hostname', STRING, (url) => url.hostname),
    reading('getPort', 'url_get_port', STRING, (url) => url.port),
    reading('getEscapedPath', 'url_get_escaped_path', STRING, (url) => url.escapedPath),
    reading(
      'getQuery',
      'url_get_query',
      mapOf(STRING, listOf(STRING)),
      (url) => new StringMap(url.query),
    ),
  ],
};

function reading(
  name: string,
  id: string,
  result: CelType,
  read: (url: Url) => CelValue,
): FunctionDeclaration {
  const call = (args: readonly CelValue[]): CelValue => read(instanceAt(Url, args, 0));
  return declare(name, member(id, { params: [URL_TYPE], result }, { call }));
}
