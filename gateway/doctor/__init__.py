"""``simgate doctor``: looks at everything the gateway needs and says what is wrong, and how it is cured.

Start reading at ``gateway.doctor.examine``; what a check finds is ``gateway.doctor.finding.Finding``.
"""
