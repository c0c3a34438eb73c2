# Writing with an officer in the chat
person-here = Write to an officer here
person-closed-now = • The office is closed now. You can write; an officer will answer when it opens.
talking-begin = Please write your question; messages and pictures go to an officer.
    Only the officer who takes it can read them. Type "end" when you are done.
talking-open = You are writing with an officer. Type "end" when you are done.
talking-passed-on = Passed on to the officers. You can write more; the answer will come here.
talking-passed-on-closed = Received. The office is closed now; an officer will answer here when it opens.
talking-taken = An officer has taken it and is reading your message.
talking-said = Officer: { $text }
talking-photo = Picture from the officer
talking-photo-sent = The officer sent a picture.
talking-answer = Answer the officer
talking-answer-words = To answer, type "officer".
talking-ended = The talk with the officer has ended.
talking-closed = The officer has ended the talk. To ask more, type "officer".
talking-closed-time = The talk closed by itself after a long silence. To ask more, type "officer".
refused-talk-closed = This talk has ended. Type "officer" to begin again.
refused-talk-empty = The message was empty. Please write your question or send a picture.
refused-talk-files = One talk takes { $most } pictures at most. Please write the rest in words.
refused-talk-taken = Another officer is talking with this person. For other work, type "desk" in your private chat.
refused-office-unknown = No office is known here yet. Please go to the nearest one-stop shop.

# The officer's page
talk-page-title = Talk with a citizen
talk-page-door = Open the talk
talk-page-door-more = This link opens once, for the officer who took it.
talk-page-open = Open
talk-page-gone = This link cannot be used any more
talk-page-gone-more = For a new link, type "desk" in your private chat.
talk-page-citizen = Citizen
talk-page-officer = Officer
talk-page-write = Write an answer
talk-page-send = Send
talk-page-photo = Send a picture
talk-page-close = End the talk
talk-page-closed = The talk has ended.
talk-page-canned = Ready-made answers
talk-page-picture = Picture
talk-page-empty = No messages yet.
