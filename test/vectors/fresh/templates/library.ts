import { all, type Family } from './template.ts';

export const STRINGS: Family = {
  name: 'strings',
  templates: [
    ...all('string', [
      '{string} + {string}',
      '{string}.charAt({index})',
      '{string}.lowerAscii()',
      '{string}.upperAscii()',
      '{string}.trim()',
      '{string}.substring({index})',
      '{string}.substring({index}, {index})',
      '{string}.replace({string}, {string})',
      '{string}.replace({#plain}, {#plain}, {index})',
      '{list:string}.join()',
      '{list:string}.join({#plain})',
      'strings.quote({string})',
      '{dyn}.lowerAscii()',
      '{string}.split({#plain})[{index}]',
    ]),
    ...all('int', [
      '{string}.indexOf({string})',
      '{string}.indexOf({#plain}, {index})',
      '{string}.lastIndexOf({string})',
      '{string}.lastIndexOf({#plain}, {index})',
      '{string}.size()',
      'size({string})',
      'size({bytes})',
      '{bytes}.size()',
      'size(dyn({string}))',
    ]),
    ...all('bool', [
      '{string}.contains({string})',
      '{string}.startsWith({string})',
      '{string}.endsWith({string})',
      '{string}.contains(dyn({string}))',
      '{string} in {list:string}',
    ]),
    ...all('list:string', [
      '{string}.split({string})',
      '{string}.split({#plain}, {index})',
      '{string}.split("")',
    ]),
    ...all('bytes', ['{bytes} + {bytes}']),
  ],
};

export const REGEX: Family = {
  name: 'regex',
  templates: [
    ...all('bool', [
      '{string}.matches({#regex})',
      'matches({string}, {#regex})',
      '{string}.matches(dyn({#regex}))',
      '{place:string}.matches({#regex})',
      '{string}.matches({string})',
    ]),
    ...all('string', [
      '{string}.find({#regex})',
      '{string}.find(dyn({#regex}))',
      '{place:string}.find({#regex})',
    ]),
    ...all('list:string', [
      '{string}.findAll({#regex})',
      '{string}.findAll({#regex}, {index})',
      '{string}.findAll(dyn({#regex}), {index})',
    ]),
  ],
};

export const LISTS: Family = {
  name: 'lists',
  templates: [
    ...all('list:T', [
      '{list:T} + {list:T}',
      '{list:T}.distinct()',
      '{list:T}.sort()',
      '{list:T}.reverse()',
      '{list:T}.slice({index}, {index})',
      '{list:T}.sortBy($a, {int|$a=T})',
      '{list:T}.sortBy($a, {string|$a=T})',
      '{list:T}.sortBy($a, $a)',
      '{list:list:T}.flatten()',
      '{list:list:T}.flatten({index})',
      '[{list:T}, {list:T}].flatten()',
    ]),
    ...all('list:int', [
      'lists.range({index})',
      '[3, 1, 2, 1].sort()',
      '{place:list:int}.reverse()',
      '[[1], [[2]], [3]].flatten(2)',
      '[1, [2, [3]]].flatten()',
      'lists.range(13).sortBy($a, $a % 3)',
      'lists.range(40).sortBy($a, {int|$a=int})',
    ]),
    ...all('opt:T', ['{list:T}.first()', '{list:T}.last()']),
    ...all('int', [
      '{list:int}.sum()',
      '{list:int}.min()',
      '{list:int}.max()',
      '{list:T}.indexOf({T})',
      '{list:T}.lastIndexOf({T})',
      '{list:T}.size()',
      'size({list:T})',
      'size({map:K:T})',
      '{place:list:int}.sum()',
      '{place:list:dyn}.max()',
    ]),
    ...all('double', ['{list:double}.sum()', '{list:double}.max()', '{list:double}.min()']),
    ...all('duration', ['{list:duration}.sum()', '{list:duration}.max()']),
    ...all('bool', [
      '{list:T}.isSorted()',
      '{list:T}.includes({T})',
      '{T} in {list:T}',
      '{list:T} == {list:T}',
      '{place:list:dyn}.isSorted()',
      '{list:list:T} == {list:list:T}',
      '{map:K:T} == {map:K:T}',
    ]),
    ...all('T', [
      '{list:T}[{index}]',
      '{list:T}[0]',
      '{map:K:T}[{K}]',
      '{list:T}.first().value()',
      '{list:T}.min()',
      '{list:T}.max()',
    ]),
    ...all('dyn', [
      '{dyn}.sort()',
      '{dyn}.sum()',
      '{place:list:dyn}.flatten()',
      '{place:list:dyn}.distinct()',
      '{place:list:dyn}.sort()',
      '{dyn}.first()',
      '{dyn}.slice(0, {index})',
      '{place:list:T} + {place:list:T}',
    ]),
  ],
};

export const SETS: Family = {
  name: 'sets',
  templates: all(
    'bool',
    ['contains', 'equivalent', 'intersects'].flatMap((name) => [
      `sets.${name}({list:T}, {list:T})`,
      `sets.${name}({place:list:T}, {list:T})`,
      `sets.${name}({list:dyn}, {place:list:dyn})`,
      `sets.${name}([{T}], {list:T})`,
      `sets.${name}({place:list:dyn}, {place:list:dyn})`,
    ]),
  ),
};

export const URLS: Family = {
  name: 'url',
  templates: [
    ...all('url', ['url({#url})', 'url(dyn({#url}))', 'url({place:string})']),
    ...all('bool', [
      'isURL({#url})',
      'isURL({string})',
      'url({#url}) == url({#url})',
      '{url} in [{url}, {url}]',
    ]),
    ...all(
      'string',
      ['getScheme', 'getHost', 'getHostname', 'getPort', 'getEscapedPath'].map(
        (name) => `{url}.${name}()`,
      ),
    ),
    ...all('map:string:list:string', ['{url}.getQuery()']),
  ],
};

export const ADDRESSES: Family = {
  name: 'ip and cidr',
  templates: [
    ...all('ip', [
      'ip({#ip})',
      'ip(dyn({#ip}))',
      '{cidr}.ip()',
      'ip({string})',
      'ip(object.spec.address)',
    ]),
    ...all('cidr', [
      'cidr({#cidr})',
      'cidr(dyn({#cidr}))',
      '{cidr}.masked()',
      'cidr(object.spec.range)',
    ]),
    ...all('bool', [
      'isIP({#ip})',
      'isIP({string})',
      'ip.isCanonical({#ip})',
      'isCIDR({#cidr})',
      'isCIDR({string})',
      ...[
        'isUnspecified',
        'isLoopback',
        'isLinkLocalMulticast',
        'isLinkLocalUnicast',
        'isGlobalUnicast',
      ].map((name) => `{ip}.${name}()`),
      '{cidr}.containsIP({ip})',
      '{cidr}.containsIP({#ip})',
      '{cidr}.containsCIDR({cidr})',
      '{cidr}.containsCIDR({#cidr})',
      '{ip} == {ip}',
      '{cidr} == {cidr}',
      '{cidr}.containsIP(dyn({#ip}))',
    ]),
    ...all('int', ['{ip}.family()', '{cidr}.prefixLength()']),
    ...all('string', ['string({ip})', 'string({cidr})']),
  ],
};

export const QUANTITIES: Family = {
  name: 'quantity',
  templates: [
    ...all('quantity', [
      'quantity({#quantity})',
      'quantity(dyn({#quantity}))',
      '{quantity}.add({quantity})',
      '{quantity}.sub({quantity})',
      '{quantity}.add({int})',
      '{quantity}.sub({int})',
      'quantity({place:string})',
      'quantity(object.spec.memory)',
    ]),
    ...all('bool', [
      'isQuantity({#quantity})',
      'isQuantity({string})',
      '{quantity}.isInteger()',
      '{quantity}.isGreaterThan({quantity})',
      '{quantity}.isLessThan({quantity})',
      '{quantity} == {quantity}',
      '{quantity} in [{quantity}]',
    ]),
    ...all('int', [
      '{quantity}.compareTo({quantity})',
      'sign({quantity})',
      '{quantity}.asInteger()',
      '[{quantity}, {quantity}].indexOf({quantity})',
    ]),
    ...all('double', ['{quantity}.asApproximateFloat()']),
  ],
};

export const SEMVERS: Family = {
  name: 'semver',
  templates: [
    ...all('semver', [
      'semver({#semver})',
      'semver({#semver}, true)',
      'semver({#semver}, {bool})',
      'semver(dyn({#semver}))',
      'semver(object.spec.version)',
    ]),
    ...all('bool', [
      'isSemver({#semver})',
      'isSemver({#semver}, true)',
      'isSemver({string}, {bool})',
      '{semver}.isGreaterThan({semver})',
      '{semver}.isLessThan({semver})',
      '{semver} == {semver}',
    ]),
    ...all('int', [
      '{semver}.major()',
      '{semver}.minor()',
      '{semver}.patch()',
      '{semver}.compareTo({semver})',
    ]),
  ],
};

const FORMATS = [
  'dns1123Label',
  'dns1123Subdomain',
  'dns1035Label',
  'qualifiedName',
  'dns1123LabelPrefix',
  'dns1123SubdomainPrefix',
  'dns1035LabelPrefix',
  'labelValue',
  'uri',
  'uuid',
  'byte',
  'date',
  'datetime',
];

export const NAMED_FORMATS: Family = {
  name: 'named formats',
  templates: [
    ...all(
      'opt:list:string',
      FORMATS.flatMap((name) => [
        `format.${name}().validate({#name})`,
        `format.named('${name}').value().validate({#plain})`,
      ]),
    ),
    ...all('opt:list:string', [
      'format.date().validate({#stamp})',
      'format.datetime().validate({#stamp})',
      'format.uuid().validate({#bits})',
      'format.byte().validate({#bits})',
      'format.uri().validate({#url})',
      'format.uri().validate({#plain})',
      'format.named({string}).value().validate({string})',
    ]),
    ...all('bool', [
      'format.named({#plain}).hasValue()',
      'format.dns1123Label() == format.dns1035Label()',
      '!format.dns1123Subdomain().validate({string}).hasValue()',
    ]),
  ],
};

export const FORMATTING: Family = {
  name: 'format',
  templates: all('string', [
    '{#format}.format([{T}])',
    '{#format}.format([dyn({T})])',
    '{#format}.format([dyn({T}), dyn({T})])',
    'dyn({#format}).format([{T}])',
    "'%s'.format([{T}])",
    "'%d %x'.format([{int}, {int}])",
    "'%f|%e'.format([{double}, {double}])",
    "'%.2f'.format([{double}])",
    "'%s'.format([[{T}, {T}]])",
    "'%s'.format([{map:K:T}])",
    "'%x %X'.format([{bytes}, {string}])",
    "'%b %o'.format([{int}, {uint}])",
    '{string}.format({list:T})',
    '{#format}.format({place:list:dyn})',
    "'%s and %s'.format([{string}, {string}])",
    '(true ? {#format} : {string}).format([{T}])',
    "'%.3e'.format([{=double}])",
    "'%s'.format([{place:T}])",
    '{#format}.format([])',
  ]),
};
