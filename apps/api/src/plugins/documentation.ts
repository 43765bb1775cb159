import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { RELEASE, SCOPES, SCOPE_NAMES } from '@unroll/contract'
import { asSent, withComponents } from '../document/components.ts'
import { withPropertyNames } from '../document/names.ts'
import { portable } from '../document/portable.ts'
import { publicRoutes } from './access.ts'
import type { App } from '../types.ts'

const TAGS = [
  { name: 'jobs', description: 'Training jobs: submit, follow, cancel.' },
  { name: 'sweeps', description: 'Many jobs of one template, of which the best go on.' },
  { name: 'metrics', description: 'What a run reports: series of numbers, and the gradient at every time step.' },
  { name: 'evaluations', description: 'How a trained network answers data that it was not trained on.' },
  { name: 'predictions', description: 'What a trained network answers, and writes.' },
  { name: 'sessions', description: 'Networks that clients train with batches of their own.' },
  { name: 'weights', description: 'Files of weights from which jobs may start.' },
  { name: 'models', description: 'Checkpoints that are registered under a name and a version.' },
  { name: 'checkpoints', description: 'Saved states of a run.' },
  { name: 'datasets', description: 'Uploaded texts to train on.' },
  { name: 'workers', description: 'Processes that train, and the jobs in line for them.' },
  { name: 'catalogue', description: 'What can be asked for.' },
  { name: 'keys', description: 'Who may use the service, and who changed what.' },
  { name: 'operation', description: 'Whether the service runs and can take jobs.' },
]

function described({ paths, ...document }: Record<string, unknown>): object {
  return withComponents({ ...document, paths: portable(paths) })
}

const KEYS = `A key of the service, or an access token of its OpenID provider. Scopes: ${SCOPE_NAMES.map((name) => `\`${name}\`: ${SCOPES[name]}`).join('; ')}.`

/** Describes the routes in OpenAPI 3.1 from their schemas; serves the document and an interactive page. */
export function documentation(app: App): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Unroll',
        version: RELEASE.version,
        description: 'Trains recurrent networks and shows the gradient at every time step.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: TAGS,
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer', description: KEYS } } },
    },
    transform: ({ schema, url, route }) => {
      const { body, querystring, ...others } = withPropertyNames(schema)
      const sent = {
        ...(body !== undefined && { body: asSent(body) }),
        ...(querystring !== undefined && { querystring: asSent(querystring) }),
      }
      const scope = route.config?.scope
      const security = scope === undefined || scope === 'public' ? [] : [{ key: [scope] }]
      return { schema: { ...others, ...sent, security }, url }
    },
    transformObject: (document) => ('openapiObject' in document ? described({ ...document.openapiObject }) : {}),
  })
  publicRoutes(app, (scope) => {
    scope.register(swaggerUi, {
      routePrefix: '/docs/api',
      theme: { title: 'Unroll API' },
      uiConfig: { deepLinking: true, layout: 'BaseLayout', docExpansion: 'list', defaultModelsExpandDepth: 0 },
    })
    scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  })
}
