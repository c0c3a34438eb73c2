# The web chat page. Each key is one text on the page; page-office may be replaced by the office's name.

## Top of the page
page-title = Một Cửa – public service questions
page-office = Public Administrative Service Centre
page-skip = Go to the message field
page-language = Tiếng Việt
page-language-short = VI
page-language-label = VI: Tiếng Việt, switch to Vietnamese
page-end = End

## Side column and handy words
page-side = About
page-tagline = Ask about papers, fees and times. Prepare your papers before you travel. Hear at once when your dossier changes.
page-words-title = Press or type at any time
page-words = Handy words
page-word-menu = Start
page-word-ask = Ask a question
page-word-prepare = Prepare my papers
page-word-mine = My dossiers
page-word-hours = Opening hours
page-word-officer = Talk to an officer

## Greeting before the first message
page-welcome = Welcome
page-welcome-body = What do you need to get done? Write it in your own words.
page-start-birth = What do I need to register a birth?
page-start-mine = How far is my dossier?
page-start-menu = See everything you can do here

## Messages
page-log = Conversation
page-bot = Một Cửa:
page-you = You:
page-typing = Writing a reply
page-choices = Choices
page-chosen = chosen
page-copy = Copy
page-copied = Copied
page-copy-failed = Could not copy
page-new = New message
page-more = More below
page-file-open = Open file

## Field and sending
page-message = Message
page-placeholder = Write a message
page-send = Send
page-attach = Send a photo or a PDF
page-sending = sending…
page-retrying = trying again…
page-sent = sent
page-failed = not sent
page-too-large = This file is too large
page-wrong-type = Photos and PDF only
page-file-gone = The file is gone, please choose it again
page-remove = Remove
page-safety = We never ask for a one-time code (OTP) or a password.

## Connection and session
page-offline = No connection. Your messages are kept and will be sent.
page-busy = Many people are asking right now. Your message will be sent in a few minutes.
page-renewed = The earlier conversation has expired. A new conversation has begun.

## Ending
page-end-title = End this conversation?
page-end-body = The messages on this device will be deleted. Your dossiers do not change.
page-end-no = Stay
page-end-yes = End and delete
page-ended = Conversation ended
page-ended-body = The messages on this device have been deleted. Thank you.
page-ended-doubt = The connection was lost, so this could not be confirmed; the conversation will expire by itself.
page-again = Start a new conversation

## Demo page: the citizen's phone beside the staff desk
page-demo-title = Một Cửa – demo
page-demo-name = Một Cửa
page-demo-lead = A citizen’s phone beside the staff desk of the one-stop shop: write on one side and see what the other receives.
page-try-title = Try it
page-try-ask = Type without accents: “lam giay khai sinh”
page-try-track = Look up a sample dossier (last 4 digits: 5678)
page-try-prepare = Prepare the papers at home
page-try-officer = Talk to an officer
page-phone = The citizen’s phone
page-desk = The staff desk
page-desk-group = One-stop duty group
page-desk-note = No names, phone numbers or photos of citizens here.
page-desk-log = Messages of the duty group
page-desk-you = Officer:
page-desk-placeholder = Reply as an officer
page-desk-empty = Nothing new yet
page-desk-empty-body = Papers sent for checking, dossiers that are due and citizens’ questions will appear here.
page-desk-absent = How officers work here
page-desk-absent-body = The demo desk is not open on this server. In daily use, officers get their work in the office’s own group chat:
page-desk-absent-1 = they look through papers sent for a check in advance and say what is missing;
page-desk-absent-2 = they are reminded of dossiers due today and of those that need an apology;
page-desk-absent-3 = they answer citizens who ask for an officer, and poor ratings.
page-desk-absent-end = The phone works in full.
