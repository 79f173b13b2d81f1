import { ChannelType, OverwriteType } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { ALL_PERMISSIONS, may, permissionBits, permissionsOf } from './permissions.ts';
import { Snowflakes } from './snowflakes.ts';
import { World } from './world.ts';

function makeGuild() {
  const clock = new ManualClock();
  const world = new World(clock, new Snowflakes(1, clock));
  const owner = world.addUser('owner');
  const member = world.addUser('member');
  const guild = world.addGuild('guild', owner.id);
  world.addMember(guild, member.id);
  const channel = world.addChannel(guild, 'channel', ChannelType.GuildText);
  const overwrite = (id: string, type: OverwriteType, allow: bigint, deny: bigint) =>
    channel.overwrites.set(id, { id, type, allow: String(allow), deny: String(deny) });
  return { world, guild, channel, owner: owner.id, member: member.id, overwrite };
}

const SEND = permissionBits(['SendMessages']);

describe('permissions', () => {
  it('are all granted to the owner and to administrators, whatever a channel says', () => {
    const { world, guild, channel, owner, member, overwrite } = makeGuild();
    overwrite(guild.id, OverwriteType.Role, 0n, ALL_PERMISSIONS);
    expect(permissionsOf(guild, owner, channel)).toBe(ALL_PERMISSIONS);
    expect(permissionsOf(guild, member, channel)).toBe(0n);

    const role = world.addRole(guild, 'admin', permissionBits(['Administrator']));
    guild.members.get(member)?.roles.add(role.id);
    expect(permissionsOf(guild, member, channel)).toBe(ALL_PERMISSIONS);
  });

  it('let a role overwrite beat everyone, and a member overwrite beat a role', () => {
    const { world, guild, channel, member, overwrite } = makeGuild();
    const role = world.addRole(guild, 'role', 0n);
    guild.members.get(member)?.roles.add(role.id);

    overwrite(guild.id, OverwriteType.Role, 0n, SEND);
    expect(may(guild, member, ['SendMessages'], channel)).toBe(false);
    overwrite(role.id, OverwriteType.Role, SEND, 0n);
    expect(may(guild, member, ['SendMessages'], channel)).toBe(true);
    overwrite(member, OverwriteType.Member, 0n, SEND);
    expect(may(guild, member, ['SendMessages'], channel)).toBe(false);
  });

  it('are none for somebody who is not in the guild', () => {
    const { guild, channel } = makeGuild();
    expect(permissionsOf(guild, '1', channel)).toBe(0n);
  });
});
