import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defineProvider, type Provider } from '../src/providers/provider.ts'
import { HostTable, PROVIDERS } from '../src/providers/registry.ts'
import { CALL_OPERATIONS } from '../src/telemetry/attributes.ts'
import { describeProvider } from './describe-provider.ts'

for (const provider of PROVIDERS) describeProvider(provider)

describe('the provider registry', () => {
  it('has fixtures for every provider and a provider for every fixture', () => {
    const folders = readdirSync(new URL('../fixtures/', import.meta.url)).sort()
    expect(folders).toEqual(PROVIDERS.map(({ name }) => name).sort())
  })

  it('lists every plugin of the folder, under its own name', async () => {
    const folder = new URL('../src/providers/', import.meta.url)
    const core = [
      'built-in.ts',
      'call-facts.ts',
      'fields.ts',
      'path-pattern.ts',
      'price-books.ts',
      'provider.ts',
      'registry.ts',
      'targets.ts',
    ]
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    const found: Provider[] = []
    for (const file of files.filter((name) => !core.includes(name)).sort()) {
      const exported = Object.values(await import(new URL(file, folder).href)) as Provider[]
      expect(exported, `${file} exports its plugin and nothing else`).toHaveLength(1)
      found.push(...exported)
    }
    expect(PROVIDERS).toEqual(found)
    expect(new Set(PROVIDERS.map(({ name }) => name)).size).toBe(PROVIDERS.length)
  })

  it('names operations that the collector counts as calls', () => {
    const operations = PROVIDERS.flatMap(({ endpoints }) => endpoints.map(({ operation }) => operation))
    for (const operation of new Set(operations)) expect(CALL_OPERATIONS).toContain(operation)
  })

  it('gives every host to one provider', () => {
    const hosts = PROVIDERS.flatMap((provider) => provider.hosts)
    expect(new Set(hosts).size).toBe(hosts.length)
  })

  it('knows hosts by whole name or by suffix at a dot', () => {
    const check = (url: string, want: string | undefined) =>
      expect(new HostTable().match(new URL(url))?.provider.name).toBe(want)
    check('https://api.openai.com/v1/chat/completions', 'openai')
    check('https://api.openai.com/v1/chat/completions/', 'openai')
    check('https://eu.api.openai.com/v1/responses', 'openai')
    check('https://API.anthropic.com/v1/messages', 'anthropic')
    check('https://api.openai.com.evil.example/v1/chat/completions', undefined)
    check('https://evilapi.openai.com/v1/chat/completions', undefined)
    check('https://example.com/?x=api.openai.com/v1/chat/completions', undefined)
    check('https://api.anthropic.com/v1/messages/count_tokens', undefined)
  })

  it("leaves what is free, or nobody's, untouched", () => {
    const table = new HostTable()
    for (const url of [
      'https://api.openai.com/v1/moderations',
      'https://api.openai.com/v1/chat/completions/chatcmpl-1',
      'https://api.openai.com/v1/organization/usage/completions',
      'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:countTokens',
      'https://generativelanguage.googleapis.com/v1beta/models:generateContent',
      'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/mistralai/models/m:rawPredict',
      'https://storage.googleapis.com/models/m:generateContent',
      'https://aiplatform.googleapis.com.evil.example/v1/models/m:generateContent',
      'https://openai.azure.com/openai/v1/chat/completions',
      'https://acme.openai.azure.com/openai/deployments?api-version=1',
      'https://api.cohere.com/v2/tokenize',
      'https://api.deepseek.com/user/balance',
      'https://openrouter.ai/api/v1/generation',
      'https://router.huggingface.co/hf-inference/models/m',
      'https://gateway.ai.cloudflare.com/v1/acc/gw/openai/moderations',
      'https://gateway.ai.cloudflare.com/v1/acc/gw/unheard-of/chat/completions/1',
      'https://api.cloudflare.com/client/v4/zones',
      'http://localhost:11434/api/chat',
    ]) {
      expect(table.match(new URL(url)), url).toBeUndefined()
    }
  })

  it('knows hosts by everything but their region', () => {
    const check = (host: string, want: string | undefined) =>
      expect(new HostTable().match(new URL(`https://${host}/model/x/converse`))?.provider.name).toBe(want)
    check('bedrock-runtime.eu-central-1.amazonaws.com', 'aws.bedrock')
    check('bedrock-runtime-fips.us-east-1.api.aws', 'aws.bedrock')
    check('bedrock-runtime.cn-north-1.amazonaws.com.cn', 'aws.bedrock')
    check('bedrock-runtime.amazonaws.com', undefined)
    check('bedrock-runtime.a.b.amazonaws.com', undefined)
    check('bedrock-runtime.us-east-1.amazonaws.com.evil.example', undefined)
    check('x.bedrock-runtime.us-east-1.amazonaws.com', undefined)
    check('bedrock-runtime', undefined)
  })

  it('maps hosts with a port, without one, and to plugins', () => {
    const table = new HostTable()
    table.addHost('127.0.0.1:9999', 'openai')
    table.addHost('llm.internal', 'anthropic')
    const at = (url: string) => table.match(new URL(url))?.provider.name
    expect(at('http://127.0.0.1:9999/v1/embeddings')).toBe('openai')
    expect(at('http://127.0.0.1:9998/v1/embeddings')).toBeUndefined()
    expect(at('https://llm.internal:8443/prefix/v1/messages')).toBe('anthropic')
    expect(() => table.addHost('x', 'nobody')).toThrow(
      /cannot map host x: there is no provider nobody; choose/,
    )
  })

  it('refuses a plugin that cannot work, with every fault', () => {
    const broken = { name: 'Not Good', hosts: ['https://x'], requestIdHeaders: [], endpoints: [] }
    expect(() => defineProvider(broken)).toThrow(/name: .*hosts: .*endpoints: /)
  })
})
