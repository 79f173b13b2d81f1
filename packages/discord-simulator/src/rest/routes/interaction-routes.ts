import { MessageFlags } from 'discord-api-types/v10';
import type { InteractionRecord } from '../../world/interaction-ledger.ts';
import { refused, unknown } from '../api-error.ts';
import { InteractionAnswers } from '../interaction-answers.ts';
import type { RestContext } from '../rest-context.ts';
import { noContent, ok, openRoute, type RestCall, type Route } from '../route.ts';

const WEBHOOK_LIMIT = { calls: 5, windowMs: 2000 };

/** Answers to interactions: the callback, and the webhook that the interaction's token opens for 15 minutes. */
export function interactionRoutes(context: RestContext): Route[] {
  const answers = new InteractionAnswers(context);
  const byToken = (call: RestCall): InteractionRecord => {
    const applicationId = call.param('application');
    if (!context.world.applications.has(applicationId)) throw unknown.webhook();
    const record = context.interactions.find(call.param('token'));
    if (record?.origin.applicationId !== applicationId) throw refused.webhookToken();
    if (record.status === 'waiting' || record.status === 'expired') throw unknown.webhook();
    return record;
  };
  const message = '/webhooks/:application/:token/messages/:message';

  return [
    openRoute('POST', '/interactions/:interaction/:token/callback', (call) => {
      const record = context.interactions.find(call.param('token'));
      if (record?.id !== call.param('interaction')) throw unknown.interaction();
      const answer = answers.callback(record, call.body, call.files);
      if (call.query.get('with_response') !== 'true') return noContent();
      return ok(callbackPayload(record, answer));
    }),
    openRoute(
      'POST',
      '/webhooks/:application/:token',
      (call) => {
        const sent = answers.followup(byToken(call), call.body, call.files);
        return ok(sent.message);
      },
      WEBHOOK_LIMIT,
    ),
    openRoute('GET', message, (call) => ok(answers.find(byToken(call), call.param('message')).message)),
    openRoute(
      'PATCH',
      message,
      (call) => ok(answers.edit(byToken(call), call.param('message'), call.body, call.files).message),
      WEBHOOK_LIMIT,
    ),
    openRoute('DELETE', message, (call) => {
      answers.delete(byToken(call), call.param('message'));
      return noContent();
    }),
  ];
}

function callbackPayload(record: InteractionRecord, answer: ReturnType<InteractionAnswers['callback']>) {
  const message = answer.message?.message;
  const flags = message?.flags ?? 0;
  return {
    interaction: {
      id: record.id,
      type: record.origin.type,
      channel_id: record.origin.channel.id,
      guild_id: record.origin.channel.guildId,
      ...(message === undefined
        ? {}
        : {
            response_message_id: message.id,
            response_message_loading: (flags & MessageFlags.Loading) !== 0,
            response_message_ephemeral: (flags & MessageFlags.Ephemeral) !== 0,
          }),
    },
    resource: { type: answer.type, ...(message === undefined ? {} : { message }) },
  };
}
