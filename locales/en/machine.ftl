# What the machine itself says: reading answers, and what it cannot use.
more = More
back = Back
question-gone = That question is closed. Please choose again below.
question-newer = Your message came before the newest question. Please answer the one below.
choose-one = Please choose one of these, or type its number.
number-out-of-range = Please type a number from 1 to { $last }.
not-understood = Please type your question, for example: what do I need to register a birth?
cancelled = Stopped. What you had filled in is kept.
language-chosen = From now on I will answer in English. The details of the procedures are in Vietnamese, as the office wrote them.
no-file-now = No photo or file is needed now. Please keep it; I will ask when it is.
cannot-sticker = Thank you. Please type your question in words.
cannot-voice = I cannot listen to voice messages yet. Please type your question.
cannot-video = I cannot watch videos yet. Please type your question.
cannot-location = I cannot use a location yet. Please type your question.
cannot-contact = Please do not send contacts here. Just type your question.
cannot-other = I cannot read this kind of message yet. Please type your question.
cannot-protected = The platform did not pass this message on. Please type it again, or call the hotline.
apology = Sorry, your last message could not be handled because of a fault on our side. Please try again in a few minutes; if you call the hotline, the incident code is { $incident }.
# Help at a question
help-ask = Here you can type what you need in your own words, for example: what do I need to register a birth? Or choose one below.
help-choose = For the question below, please choose one of the answers or type its number; if unsure, choose "Talk to an officer".
help-type = For the question below, please type your answer and send it; if unsure, choose "Talk to an officer".
help-type-or-choose = For the question below, please type your answer or choose one; if unsure, choose "Talk to an officer".
help-photo = At this step, please photograph each page and send it here, or choose one below; if unsure, choose "Talk to an officer".
help-home = Back to the start
