# The receipt of files that arrived, and checking it again
arrived-sheet = Files received for the prepared papers { $code }
arrived-head = Every file of { $code } was received and read back. This is a check in advance, not a filing.
arrived-answers = The answers of { $code } were received; there is no photo of any paper. This is a check in advance, not a filing.
arrived-paper = { $title }: { $pages ->
    [one] 1 page
   *[other] { $pages } pages
} (mark { $marks })
arrived-bring = { $title }: you will bring it
arrived-mark = Receipt code: { $mark }
arrived-again = Check it again at any time: type "verify { $code }".
arrived-not = A file of { $code } could not be read back after it arrived. Nothing has been sent yet; please type "prepare" and send the missing paper again.
verify-which = Please type the code too, for example: verify CB-261126-0001.
verify-good = Receipt { $code } is genuine, made at { $moment }. Every file is still as it was received.
verify-good-answers = Receipt { $code } is genuine, made at { $moment }. Only answers were sent then, no photos of papers.
verify-lost = Receipt { $code } is genuine, but these files can no longer be read back correctly: { $papers }. We are sorry; please send this paper again, or type "officer".
verify-erased = The files were erased at the end of their storage time, { $day }.
verify-changed = This receipt does not match the office's seal. Please type "officer" to have it checked.
verify-unknown = This code was not found. Please check it on your receipt.
verify-chain-good = Dossier { $code }: every update is as it was recorded.
verify-chain-broken = Dossier { $code }: an update does not match its seal. The office has been told; please type "officer".
