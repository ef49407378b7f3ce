/**
 * Whether an address leads to this machine or a network that is not the internet (RFC 6890, RFC 4193).
 *
 * Invariant: an IPv4 address counts the same in its IPv6 forms.
 */
import { BlockList, isIPv6 } from 'node:net'

const V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
const V6: readonly (readonly [string, number])[] = [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
]

const inside = new BlockList()
for (const [network, prefix] of V4) inside.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of V6) inside.addSubnet(network, prefix, 'ipv6')

/** NAT64 and 6to4 carry an IPv4 address that is reached in the end. */
const CARRIERS = new BlockList()
CARRIERS.addSubnet('64:ff9b::', 96, 'ipv6')
CARRIERS.addSubnet('2002::', 16, 'ipv6')

/** @param address an IPv4 or IPv6 address, without brackets */
export function isPrivateAddress(address: string): boolean {
  if (!isIPv6(address)) return inside.check(address, 'ipv4')
  // BlockList looks through IPv4-mapped addresses by itself
  return inside.check(address, 'ipv6') || CARRIERS.check(address, 'ipv6')
}
