"""Complaints and proposals (phản ánh, kiến nghị): a number, a card at the desk, an answer that comes back.

The words of both sides are encrypted; no staff chat ever holds one of them, and nobody who reads a complaint is
told who wrote it. A petition or denunciation (khiếu nại, tố cáo) has a procedure of its own: it is recognised, the
right way is shown, and what was written is kept until its writer decides.
"""
