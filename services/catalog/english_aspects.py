"""What is asked of a procedure, and the turns of English that ask for it."""

from __future__ import annotations

from typing import Literal, get_args

Aspect = Literal["documents", "fee", "time", "where", "how", "conditions", "form", "result", "basis", "none"]
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

ENGLISH_PATTERNS: dict[Aspect, tuple[str, ...]] = {
    "basis": (r"legal basis|(?:which|what) (?:law|decree|circular|regulation)s?\b",),
    "form": (
        r"application form|(?:which|what|download (?:the|a)|get the|blank) forms?\b",
        r"form to (?:fill|use|download)|forms? (?:do|should) (?:i|we)",
    ),
    "fee": (
        r"(?:is it|is this|for) free\b|free of charge|how much|fees?\b|costs?\b|(?:what|the) price",
        r"do (?:i|we) (?:have to |need to )?pay",
    ),
    "time": (
        r"how (?:long|soon|fast|quickly|many (?:\w+ )?(?:days|weeks|months))|processing time|deadline",
        r"(?:by |until |since )?when (?:can|do|does|will|should|is|are|must)\b|when$",
    ),
    "where": (
        r"where (?:do|does|can|could|to|is|are|should|must|would|will|else)\b|where$|office address",
        r"(?:which|what) (?:office|authority|department|ward|police|place|agency)",
    ),
    "documents": (
        r"(?:what|which|list of|any) (?:\w+ ){0,2}(?:documents?|papers?|paperwork)\b",
        r"(?<!my )(?<!our )(?<!all )documents\b|paperwork|checklist",
        r"papers (?:do|does|are|is|needed|required|for|to|must|should)\b",
        r"what (?:\w+ ){0,3}(?:need|have) to (?:bring|submit|prepare|show)|what (?:do|does|will) (?:\w+ ){1,2}need\b",
        r"what is (?:needed|required)|what to (?:bring|prepare)|what should (?:i|we) bring",
    ),
    "conditions": (
        r"eligible|qualify|who (?:can|may)|requirements?|conditions|(?:am|are) (?:i|we) allowed",
        r"(?<!how )(?<!where )(?<!what )(?<!when )(?:can|may) (?:i|we|my \w+|he|she|foreigners|a foreigner)\b",
    ),
    "how": (
        r"how (?:do|does|to|can|could|should|would|is|are)\b|process|procedure|steps|what to do",
        r"what (?:should|must|can|do|shall) (?:i|we|you) do|(?:do|apply|register|renew|it|this) online",
    ),
}
"""Patterns over folded words joined by blanks, as those in `aspects.py`."""
