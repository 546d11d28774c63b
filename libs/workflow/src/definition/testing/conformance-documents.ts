// Documents of ours for what the specification's conformance features ask of a runtime, feature by feature: for specs of the language and of
// whatever runs it.

const HEAD = "document: { dsl: '1.0.3', namespace: default, name: conformance, version: 1.0.0 }\n";

/** Feature and scenario → document. */
export const conformanceDocuments: Readonly<Record<string, string>> = {
  'do: in order': `${HEAD}do:
  - first: { set: { steps: [ one ] } }
  - second: { set: { steps: '\${ .steps + [ "two" ] }' } }
`,
  'flow: to the next, to a name, to the end': `${HEAD}do:
  - first: { set: { seen: [ first ] }, then: third }
  - second: { set: { seen: '\${ .seen + [ "second" ] }' }, then: end }
  - third: { set: { seen: '\${ .seen + [ "third" ] }' }, then: second }
`,
  'for: with names': `${HEAD}do:
  - loop:
      for: { each: colour, in: .colours, at: place }
      do:
        - mark: { set: { marks: '\${ (.marks // []) + [ { colour: $colour, place: $place } ] }' } }
`,
  'fork: all branches': `${HEAD}do:
  - both:
      fork:
        compete: false
        branches:
          - left: { set: { side: left } }
          - right: { set: { side: right } }
`,
  'fork: the first one': `${HEAD}do:
  - race:
      fork:
        compete: true
        branches:
          - slow: { wait: { seconds: 30 } }
          - quick: { set: { winner: quick } }
`,
  'set: values and expressions': `${HEAD}do:
  - shape: { set: { name: fixed, total: '\${ .price * .count }', nested: { list: [ '\${ .price }', 1 ] } } }
`,
  'switch: a case and a default': `${HEAD}do:
  - choose:
      switch:
        - red: { when: '.colour == "red"', then: warm }
        - other: { then: cold }
  - warm: { set: { feels: warm }, then: end }
  - cold: { set: { feels: cold } }
`,
  'data flow: input, output, export': `${HEAD}input: { from: .order }
do:
  - shaped:
      input: { from: .customer }
      set: { name: '\${ .name }' }
      output: { as: { customer: '\${ .name }' } }
      export: { as: '\${ $context + { customer: .customer } }' }
  - used: { set: { who: '\${ $context.customer }' } }
output: { as: .who }
`,
  'emit: an event': `${HEAD}do:
  - tell: { emit: { event: { with: { source: 'https://example.org', type: org.example.done.v1, data: { id: '\${ .id }' } } } } }
`,
  'raise: defined in place and by name': `${HEAD}use:
  errors:
    notAllowed: { type: 'https://example.org/errors/not-allowed', status: 403, title: Not allowed }
do:
  - check:
      switch:
        - known: { when: .allowed, then: fine }
        - unknown: { then: refuse }
  - refuse: { raise: { error: notAllowed } }
  - fine: { raise: { error: { type: 'https://example.org/errors/teapot', status: 418 } } }
`,
  'try: caught, retried, handled': `${HEAD}do:
  - careful:
      try:
        - ask: { call: http, with: { method: get, endpoint: 'https://example.org/orders' } }
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 503 } }
        as: fault
        when: '$fault.status == 503'
        retry: { delay: { seconds: 1 }, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }
        do:
          - handled: { set: { problem: '\${ $fault.title }' } }
`,
  'call: http with a template': `${HEAD}do:
  - pet: { call: http, with: { method: get, endpoint: { uri: 'https://example.org/pets/{petId}' }, output: response } }
`,
  'call: openapi': `${HEAD}do:
  - pets:
      call: openapi
      with:
        document: { endpoint: 'https://example.org/openapi.json' }
        operationId: findPets
        parameters: { status: '\${ .status }' }
`,
  'call: a function of the document': `${HEAD}use:
  functions:
    greeting: { set: { text: '\${ "Hello, " + .name }' } }
do:
  - greet: { call: greeting }
`,
  'listen: any, one and all': `${HEAD}do:
  - any: { listen: { to: { any: [ { with: { type: a.v1 } }, { with: { type: b.v1 } } ] } } }
  - one: { listen: { to: { one: { with: { type: c.v1 }, correlate: { order: { from: .data.id, expect: '\${ .id }' } } } } } }
  - all: { listen: { to: { all: [ { with: { type: d.v1 } }, { with: { type: e.v1 } } ] }, read: envelope } }
`,
  'wait and timeout': `${HEAD}timeout: { after: { hours: 1 } }
do:
  - pause: { wait: PT1S, timeout: { after: PT5S } }
`,
  'run: another workflow': `${HEAD}do:
  - child: { run: { workflow: { namespace: default, name: child, version: 1.0.0, input: { id: '\${ .id }' } }, await: true } }
`,
};
