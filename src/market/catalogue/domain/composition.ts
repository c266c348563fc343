import type { OutputSchema, OutputsSchema, PlanRef, Values } from '../../fulfilment/index.ts';
import type { ParametersSchema, ParameterValue } from './parameters.ts';

/** Where a component's parameter comes from. */
export type CompositeInput =
  | { readonly value: ParameterValue }
  /** What the customer chose: a parameter of the composite. */
  | { readonly parameter: string }
  /** What another component gives. */
  | { readonly component: string; readonly output: string };

/** An offering as a part of another one. */
export interface CompositeComponent {
  readonly name: string;
  readonly offeringId: string;
  readonly planId: string;
  readonly inputs: Readonly<Record<string, CompositeInput>>;
}

/** Several offerings, of several publishers, as one: a graph in which outputs feed inputs. */
export interface CompositeFulfilment {
  readonly kind: 'composite';
  readonly components: readonly CompositeComponent[];
  /** What the customer gets, and from whom. */
  readonly outputs: Readonly<Record<string, OutputRef>>;
}

export interface OutputRef {
  readonly component: string;
  readonly output: string;
}

/** What a component's offering takes and gives, as far as the wiring is concerned. */
export interface PartFacts {
  readonly parameters: ParametersSchema;
  readonly outputs: OutputsSchema;
  readonly isComposite: boolean;
  readonly planIds: readonly string[];
}

/** What is wrong with a composite. `edge` says where: `stack.url → saas.origin`. */
export interface CompositionProblem {
  readonly edge: string;
  readonly problem:
    | 'duplicate-name'
    | 'unknown-offering'
    | 'composite-inside'
    | 'unknown-plan'
    | 'unknown-component'
    | 'unknown-output'
    | 'unknown-parameter'
    | 'unknown-input'
    | 'missing-input'
    | 'type-mismatch'
    | 'cycle';
  readonly expected: string;
}

/** Everything that is wrong with the graph, edge by edge; nothing when it can be ordered. */
export function checkComposition(
  composite: CompositeFulfilment,
  parameters: ParametersSchema,
  parts: ReadonlyMap<string, PartFacts>,
): CompositionProblem[] {
  const byName = new Map(composite.components.map((component) => [component.name, component]));
  const factsOf = (name: string) => {
    const component = byName.get(name);
    return component && parts.get(component.offeringId);
  };
  /** The type that an input gets, or what is wrong with where it comes from. */
  function source(
    input: CompositeInput,
  ): { type: string } | { problem: CompositionProblem['problem']; expected: string } {
    if ('value' in input) {
      return {
        type: typeof input.value === 'number' && Number.isInteger(input.value) ? 'integer' : typeof input.value,
      };
    }
    if ('parameter' in input) {
      const parameter = own(parameters.properties, input.parameter);
      return parameter ?? { problem: 'unknown-parameter', expected: Object.keys(parameters.properties).join(', ') };
    }
    if (!byName.has(input.component)) return { problem: 'unknown-component', expected: [...byName.keys()].join(', ') };
    const outputs = factsOf(input.component)?.outputs ?? {};
    return own(outputs, input.output) ?? { problem: 'unknown-output', expected: Object.keys(outputs).join(', ') };
  }

  function checkInputs({ name, inputs }: CompositeComponent, facts: PartFacts): CompositionProblem[] {
    const { properties, required = [] } = facts.parameters;
    const wired = Object.entries(inputs).flatMap(([key, input]): CompositionProblem[] => {
      const edge = `${sourceText(input)} → ${name}.${key}`;
      const wanted = own(properties, key);
      if (wanted === undefined)
        return [{ edge, problem: 'unknown-input', expected: Object.keys(properties).join(', ') }];
      const found = source(input);
      if ('problem' in found) return [{ edge, ...found }];
      const fits = found.type === wanted.type || (found.type === 'integer' && wanted.type === 'number');
      return fits ? [] : [{ edge, problem: 'type-mismatch', expected: `${wanted.type}, not ${found.type}` }];
    });
    const missing = required.filter(
      (key) => !Object.hasOwn(inputs, key) && own(properties, key)?.default === undefined,
    );
    return [
      ...wired,
      ...missing.map((key) => ({
        ...{ edge: `→ ${name}.${key}`, problem: 'missing-input' as const, expected: own(properties, key)?.type ?? '' },
      })),
    ];
  }

  const names = composite.components.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...repeated.map((name) => ({ edge: name, problem: 'duplicate-name' as const, expected: '' })),
    ...composite.components.flatMap((component): CompositionProblem[] => {
      const edge = component.name;
      const facts = parts.get(component.offeringId);
      if (facts === undefined) return [{ edge, problem: 'unknown-offering', expected: component.offeringId }];
      if (facts.isComposite) return [{ edge, problem: 'composite-inside', expected: component.offeringId }];
      const plan: CompositionProblem[] = facts.planIds.includes(component.planId)
        ? []
        : [{ edge, problem: 'unknown-plan', expected: facts.planIds.join(', ') }];
      return [...plan, ...checkInputs(component, facts)];
    }),
    ...Object.entries(composite.outputs).flatMap(([key, ref]): CompositionProblem[] => {
      const found = source(ref);
      return 'problem' in found ? [{ edge: `${sourceText(ref)} → ${key}`, ...found }] : [];
    }),
    ...cycleIn(composite.components),
  ];
}

/** The outputs of the composite, as those of its components are declared. */
export function outputsOfComposite(
  { components, outputs }: CompositeFulfilment,
  parts: ReadonlyMap<string, PartFacts>,
): OutputsSchema {
  const offeringOf = new Map(components.map(({ name, offeringId }) => [name, offeringId]));
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([key, { component, output }]): [string, OutputSchema][] => {
      const declared = own(parts.get(offeringOf.get(component) ?? '')?.outputs ?? {}, output);
      return declared === undefined ? [] : [[key, declared]];
    }),
  );
}

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

function sourceText(input: CompositeInput): string {
  if ('value' in input) return String(input.value).slice(0, 40);
  return 'parameter' in input ? input.parameter : `${input.component}.${input.output}`;
}

/** Of one component, those whose outputs it takes. */
function feeders(inputs: Readonly<Record<string, object>>): string[] {
  return [
    ...new Set(Object.values(inputs).flatMap((input) => ('component' in input ? [String(input.component)] : []))),
  ];
}

/** A circle of edges, if there is one: `a → b → a`. */
function cycleIn(components: readonly CompositeComponent[]): CompositionProblem[] {
  const before = new Map(components.map(({ name, inputs }) => [name, feeders(inputs)]));
  const done = new Set<string>();
  function visit(name: string, path: readonly string[]): string[] | undefined {
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    if (done.has(name)) return undefined;
    for (const feeder of before.get(name) ?? []) {
      const circle = visit(feeder, [...path, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  }
  for (const name of before.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return [{ edge: circle.reverse().join(' → '), problem: 'cycle', expected: '' }];
  }
  return [];
}

/** Where a component of something bought gets a parameter from; the customer's choices are values by now. */
export type Input = { readonly value: ParameterValue } | { readonly component: string; readonly output: string };

/** A component of something bought: whatever the catalogue becomes, this holds. JSON. */
export interface Component {
  readonly name: string;
  readonly offeringId: string;
  readonly versionId: string;
  readonly publisherId: string;
  readonly plan: PlanRef;
  readonly inputs: Readonly<Record<string, Input>>;
}

/** A component's inputs with the customer's choices filled in; a parameter that was left out stays out. */
export function inputsWith(
  inputs: Readonly<Record<string, CompositeInput>>,
  chosen: Values,
): Readonly<Record<string, Input>> {
  return Object.fromEntries(
    Object.entries(inputs).flatMap(([key, input]): [string, Input][] => {
      if (!('parameter' in input)) return [[key, input]];
      const value = own(chosen, input.parameter);
      return value === undefined ? [] : [[key, { value }]];
    }),
  );
}
