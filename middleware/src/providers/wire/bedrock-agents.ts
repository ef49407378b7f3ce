/**
 * Bedrock's agents' runtime: agents, flows, answers from a knowledge base, and reranking.
 *
 * Wire format: https://docs.aws.amazon.com/bedrock/latest/APIReference/ (Agents for Amazon Bedrock Runtime) and the types
 * of `@aws-sdk/client-bedrock-agent-runtime`. What an agent costs is what the models cost that it calls by itself; their
 * usage is said in its trace, one event a call of a model, where the request has `enableTrace`. Nothing says it of flows
 * and of answers from a knowledge base: those are calls whose usage is missing. Retrieving alone is not billed.
 */
import { assign, countAt, objectAt, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject } from '../provider.ts'
import { readError } from './errors.ts'
import { oneCall } from './metered.ts'

/** The name of a model in an ARN; an inference profile's id is one too. */
function modelOf(arn: string | undefined): string | undefined {
  return arn?.split('/').at(-1)?.slice(0, 256)
}

/** A query at a time, each of up to a hundred documents. */
const rerank: Endpoint = {
  path: '/rerank',
  operation: 'rerank',
  paths: ['message'],
  request: {
    paths: ['rerankingConfiguration.bedrockRerankingConfiguration.modelConfiguration.modelArn'],
    read(fields, facts) {
      const settings = objectAt(objectAt(fields, 'rerankingConfiguration'), 'bedrockRerankingConfiguration')
      assign(facts, { requestModel: modelOf(textAt(objectAt(settings, 'modelConfiguration'), 'modelArn')) })
      facts.meter = oneCall('rerank', 'query')
    },
  },
  read() {},
}

const PHASES = ['preProcessingTrace', 'orchestrationTrace', 'routingClassifierTrace', 'postProcessingTrace']

/** A part of the trace: which model is asked, or what the answer took. */
function readTrace(body: JsonObject, facts: CallFacts): void {
  const trace = objectAt(body, 'trace')
  for (const phase of PHASES) {
    const part = objectAt(trace, phase)
    const model = textAt(objectAt(part, 'modelInvocationInput'), 'foundationModel')
    if (model !== undefined) facts.responseModel = modelOf(model) ?? model
    const usage = objectAt(objectAt(objectAt(part, 'modelInvocationOutput'), 'metadata'), 'usage')
    const input = countAt(usage, 'inputTokens')
    if (input === undefined) continue
    const taken = { input, output: countAt(usage, 'outputTokens') ?? 0 }
    facts.shares = [...(facts.shares ?? []), { model: facts.responseModel, usage: taken }]
    const { usage: before } = facts
    facts.usage = {
      input: (before?.input ?? 0) + taken.input,
      output: (before?.output ?? 0) + taken.output,
    }
  }
}

const TRACE = PHASES.flatMap((phase) => [
  `trace.${phase}.modelInvocationInput.foundationModel`,
  `trace.${phase}.modelInvocationOutput.metadata.usage`,
])

const agent = (path: string): Endpoint => ({
  path,
  operation: 'chat',
  paths: ['message'],
  read: readError,
  stream: {
    paths: TRACE,
    matters: (event) => event === 'trace',
    // What comes in parts is a small part of what the agent said to its models.
    textLength: () => 0,
    read: readTrace,
    endsUnmarked: true,
  },
})

const generated: Endpoint = {
  ...agent('/retrieveAndGenerate'),
  request: {
    paths: [
      'retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.modelArn',
      'retrieveAndGenerateConfiguration.externalSourcesConfiguration.modelArn',
    ],
    read(fields, facts) {
      const settings = objectAt(fields, 'retrieveAndGenerateConfiguration')
      const sources = ['knowledgeBaseConfiguration', 'externalSourcesConfiguration'] as const
      const [arn] = sources.flatMap((source) => textAt(objectAt(settings, source), 'modelArn') ?? [])
      assign(facts, { requestModel: modelOf(arn) })
    },
  },
}

/** The endpoints of `bedrock-agent-runtime`. */
export const agentEndpoints: readonly Endpoint[] = [
  rerank,
  agent('/agents/{id}/agentAliases/{id}/sessions/{id}/text'),
  agent('/flows/{id}/aliases/{id}'),
  generated,
  { ...generated, path: '/retrieveAndGenerateStream' },
  // An agent that the request itself describes.
  agent('/agents/{id}'),
]
