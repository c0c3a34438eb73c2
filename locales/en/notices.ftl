# What the office said by itself, and in which chat it says it.
history-head = The latest notices:
history-older = Earlier notices:
history-none = There have been no notices yet.
history-more = See earlier ones
history-one = { $moment }, { $way }: { $what }. { $state }
history-status = dossier { $code } { $status }
history-correction = a correction, dossier { $code } { $status }
history-due = a new date for dossier { $code }
history-holder = dossier { $code } went to another agency
history-words = new words about dossier { $code }
history-my-turn = a reminder about dossier { $code }
history-rate = a question how dossier { $code } went
history-visit-tomorrow = a reminder of your visit
history-visit-useless = word that your visit is not needed
history-checked-good = the papers of { $code } are complete
history-checked-return = { $count ->
        [0] some papers of { $code } have to be sent again
       *[other] papers of { $code } given back: { $count }
    }
history-complaint-answered = an answer to complaint { $code }
history-counter-filed = dossier { $code } was taken in at the counter
history-desk-held = word which office has your request
history-rights-done = an answer to your request about your data
history-is-open = On its way.
history-is-told = Delivered.
history-is-kept = Waits for the daily message.
history-is-replaced = Replaced by newer news.
history-is-stopped = Not sent, because you stopped notices.
history-is-unsure = It may not have arrived.
history-is-unreachable = Could not be sent.
channel-telegram = Telegram
channel-zalo-oa = Zalo
channel-zalo-bot = Zalo Bot
channel-web = the chat page
channel-other = chat
where-one = There is one channel so far. To get notices on another, type "link".
where-of-all = Notices go to: { $now }. Where would you like them?
where-of-one = Notices about dossier { $code } go to: { $now }. Where would you like them?
where-saved = Saved. Notices now go to: { $now }.
where-saved-one = Saved. Notices about dossier { $code } now go to: { $now }.
where-here = { $way } (this one)
where-last = Wherever you wrote last
where-as-others = Where the others go
where-unlink = Unlink this channel
where-unlinked = This channel is linked to no other any more.
renew-done = New one-time code of dossier { $code }: { $receipt }. The old ones count no more. Please give this one to the owner.
renew-unbound = { $count } that followed it by an old code are told no more.
