/**
 * `spanmeter token`: makes, lists, replaces and revokes API tokens.
 *
 * Invariant: a token is shown once, alone on standard output, when it is made; afterwards only its hash is there.
 */
import { parseArgs } from 'node:util'
import { tokensFileOf } from '../access/live-access.ts'
import { createToken, type KeptToken, ROLES, type Role, type TokenPurpose } from '../access/token.ts'
import { readTokensFile, writeTokensFile } from '../access/tokens-file.ts'
import type { CommandIo } from './command.ts'
import { duration } from './options.ts'
import { CommandError } from './request.ts'

const HELP = `spanmeter token: who may send to a collector, and who may ask it

usage: spanmeter token create --role ingest [--tenant acme] [--name checkout] [--expires 90d] [--print]
       spanmeter token list [--json]
       spanmeter token rotate <id> [--grace 24h]
       spanmeter token revoke <id>

  --role <role>        ingest (sends spans), read (asks), admin (everything)
  --tenant <tenant>    what it sends is this tenant's, and it sees nothing else
  --name <text>        what it is for
  --expires <when>     30m, 24h, 90d, 4w from now, or an ISO date-time; never without it
  --print              write an entry for auth.tokens of the configuration instead of the tokens file
  --grace <time>       how long the replaced token still holds (24h)
  --json               the list for scripts
  --help               this text

The tokens file is auth.tokensFile of the configuration, or tokens.json in the data directory. A running
collector notices a change of it within seconds; one of its configuration on SIGHUP.
`

const OPTIONS = {
  role: { type: 'string' },
  tenant: { type: 'string' },
  name: { type: 'string' },
  expires: { type: 'string' },
  grace: { type: 'string' },
  print: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parse>['values']

/** Runs the command; returns the exit code. */
export async function tokenCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const { values, positionals } = parse(argv)
  const [action, id, extra] = positionals
  if (values.help === true) {
    io.stdout.write(HELP)
    return 0
  }
  const path = tokensFileOf(io.config())
  if (action === 'create' && id === undefined) return create(path, values, io)
  if (action === 'list' && id === undefined) return list(path, values, io)
  if (action === 'rotate' && id !== undefined && extra === undefined) return rotate(path, id, values, io)
  if (action === 'revoke' && id !== undefined && extra === undefined) return revoke(path, id, io)
  throw wrong(`${action ?? 'nothing'} is not what it does`)
}

async function create(path: string, values: Values, io: CommandIo): Promise<number> {
  const { role, tenant, name, expires, print } = values
  if (!isRole(role)) throw wrong(`--role must be one of ${ROLES.join(', ')}`)
  if (tenant === '')
    throw wrong('--tenant is empty, which does not mean "all"; leave it out for every tenant')
  if (role === 'admin' && tenant !== undefined)
    throw wrong('role admin is over every tenant; give --tenant with ingest or read')
  const { text, kept } = createToken({ role, tenant, name, expiresAt: expiry(expires, io.now()) }, io.now())
  if (print === true) {
    const { id, ...rest } = kept
    const lines = Object.entries(rest).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
    io.stderr.write(`add this to auth.tokens of the configuration:\n- id: ${id}\n${lines.join('\n')}\n`)
  } else {
    await writeTokensFile(path, [...(await readTokensFile(path)), kept])
    io.stderr.write(`made token ${kept.id}, kept as a hash in ${path}\n`)
  }
  return show(text, io)
}

async function rotate(path: string, id: string, values: Values, io: CommandIo): Promise<number> {
  const tokens = await readTokensFile(path)
  const old = find(tokens, id, path)
  const grace = duration(values.grace ?? '24h')
  if (grace === undefined) throw wrong(`--grace ${values.grace} is no time; write one such as 24h`)
  const purpose: TokenPurpose = { role: old.role, tenant: old.tenant, name: old.name }
  const { text, kept } = createToken({ ...purpose, expiresAt: expiry(values.expires, io.now()) }, io.now())
  const end = Math.min(io.now() + grace, old.expiresAt === undefined ? Infinity : Date.parse(old.expiresAt))
  const expiresAt = new Date(end).toISOString()
  await writeTokensFile(path, [
    ...tokens.map((token) => (token === old ? { ...old, expiresAt } : token)),
    kept,
  ])
  io.stderr.write(`made token ${kept.id}; ${id} holds until ${expiresAt}\n`)
  return show(text, io)
}

async function revoke(path: string, id: string, io: CommandIo): Promise<number> {
  const tokens = await readTokensFile(path)
  const token = find(tokens, id, path)
  await writeTokensFile(
    path,
    tokens.filter((other) => other !== token),
  )
  io.stderr.write(`revoked token ${id}; a running collector refuses it within seconds\n`)
  return 0
}

async function list(path: string, { json }: Values, io: CommandIo): Promise<number> {
  const inFile = await readTokensFile(path)
  const tokens = [
    ...inFile.map((token) => ({ ...token, from: 'file' })),
    ...io.config().auth.tokens.map((token) => ({ ...token, from: 'configuration' })),
  ]
  if (json === true) {
    const shown = tokens.map(({ hash: _, ...rest }) => rest)
    io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  const expired = (at: string | undefined): string =>
    at === undefined ? 'never' : Date.parse(at) <= io.now() ? `expired ${at}` : at
  const rows = [
    ['id', 'role', 'tenant', 'expires', 'from', 'name'],
    ...tokens.map(({ id, role, tenant = 'all', expiresAt, from, name = '' }) => [
      ...[id, role, tenant, expired(expiresAt), from, name.replaceAll(/\p{Cc}/gu, '?')],
    ]),
  ]
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '))
  io.stdout.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`)
  return 0
}

function show(text: string, io: CommandIo): number {
  io.stderr.write('this is the token; it is not shown again:\n')
  io.stdout.write(`${text}\n`)
  return 0
}

function find(tokens: readonly KeptToken[], id: string, path: string): KeptToken {
  const token = tokens.find((one) => one.id === id)
  if (token !== undefined) return token
  throw new CommandError(`cannot find token ${id}: it is not in ${path}; see spanmeter token list`, 1)
}

function expiry(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const length = duration(text)
  const at = length === undefined ? Date.parse(text) : now + length
  if (Number.isNaN(at)) throw wrong(`--expires ${text} is no time; write one such as 90d`)
  if (at <= now) throw wrong(`--expires ${text} is in the past`)
  return at
}

function isRole(text: string | undefined): text is Role {
  return ROLES.some((role) => role === text)
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true })
  } catch (cause) {
    throw wrong((cause as Error).message.split('. ')[0] ?? '', cause)
  }
}

function wrong(reason: string, cause?: unknown): CommandError {
  return new CommandError(`cannot use token: ${reason}; try spanmeter token --help`, 2, { cause })
}
