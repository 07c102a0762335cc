import {
  CelRuntimeError,
  type AuthorizerAnswer,
  type AuthorizerQuestion,
  type CallContext,
} from '../../library.ts';
import { opaque } from '../../types.ts';
import { CelOpaque } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../../../lib/name-formats.ts';

export const AUTHORIZER = opaque('kubernetes.authorization.Authorizer');
export const PATH_CHECK = opaque('kubernetes.authorization.PathCheck');
export const GROUP_CHECK = opaque('kubernetes.authorization.GroupCheck');
export const RESOURCE_CHECK = opaque('kubernetes.authorization.ResourceCheck');
export const DECISION = opaque('kubernetes.authorization.Decision');

type Who = AuthorizerQuestion['serviceAccount'];

/** What the chain of authorizer values has in common: none equals anything, none shows anything. */
abstract class AuthorizationValue extends CelOpaque {
  override equals(): boolean {
    throw noSuchOverload();
  }

  override display(): null {
    return null;
  }
}

/** `authorizer`: the start of a question, about the user of the request or about a service account. */
export class Authorizer extends AuthorizationValue {
  override readonly typeName = 'kubernetes.authorization.Authorizer';
  readonly #who: Who;

  constructor(who?: Who) {
    super();
    this.#who = who;
  }

  /** @throws CelRuntimeError `other` when either is no legal name */
  serviceAccount(namespace: string, name: string): Authorizer {
    if (dnsSubdomainProblems(name).length > 0) throw refused('Invalid service account name');
    if (dnsLabelProblems(namespace).length > 0) {
      throw refused('Invalid service account namespace');
    }
    return new Authorizer({ namespace, name });
  }

  /** @throws CelRuntimeError `other` when the path is blank */
  path(path: string): PathCheck {
    if (path.trim() === '') throw refused('path must not be empty');
    return new PathCheck(path, this.#who);
  }

  group(group: string): GroupCheck {
    return new GroupCheck(group, this.#who);
  }
}

export class PathCheck extends AuthorizationValue {
  override readonly typeName = 'kubernetes.authorization.PathCheck';
  readonly #path: string;
  readonly #who: Who;

  constructor(path: string, who: Who) {
    super();
    this.#path = path;
    this.#who = who;
  }

  check(verb: string, context: CallContext): Decision {
    return ask({ verb, path: this.#path, ...whoOf(this.#who) }, context);
  }
}

export class GroupCheck extends AuthorizationValue {
  override readonly typeName = 'kubernetes.authorization.GroupCheck';
  readonly #group: string;
  readonly #who: Who;

  constructor(group: string, who: Who) {
    super();
    this.#group = group;
    this.#who = who;
  }

  /** @throws CelRuntimeError `other` when the resource is blank */
  resource(resource: string): ResourceCheck {
    if (resource.trim() === '') throw refused('resource must not be empty');
    return new ResourceCheck({ group: this.#group, resource, ...whoOf(this.#who) });
  }
}

/** A question about a resource without its verb. Empty parts count as not given. */
export type ResourceQuestion = Omit<AuthorizerQuestion, 'verb' | 'path'>;

export class ResourceCheck extends AuthorizationValue {
  override readonly typeName = 'kubernetes.authorization.ResourceCheck';
  readonly #question: ResourceQuestion;

  constructor(question: ResourceQuestion) {
    super();
    this.#question = question;
  }

  with(
    part: 'subresource' | 'namespace' | 'name' | 'fieldSelector' | 'labelSelector',
    value: string,
  ): ResourceCheck {
    if (value !== '') return new ResourceCheck({ ...this.#question, [part]: value });
    const others = Object.entries(this.#question).filter(([name]) => name !== part);
    return new ResourceCheck(Object.fromEntries(others));
  }

  check(verb: string, context: CallContext): Decision {
    return ask({ verb, ...this.#question }, context);
  }
}

/** The answer to a question. */
export class Decision extends AuthorizationValue {
  override readonly typeName = 'kubernetes.authorization.Decision';
  readonly answer: AuthorizerAnswer;

  constructor(answer: AuthorizerAnswer) {
    super();
    this.answer = answer;
  }
}

function ask(question: AuthorizerQuestion, context: CallContext): Decision {
  const answer = context.authorize(question);
  if (answer === undefined) {
    throw new CelRuntimeError('other', 'the answer of the authorizer is not among the facts');
  }
  return new Decision(answer);
}

function whoOf(who: Who): { serviceAccount?: NonNullable<Who> } {
  return who === undefined ? {} : { serviceAccount: who };
}

function refused(problem: string): CelRuntimeError {
  return new CelRuntimeError('other', problem);
}
