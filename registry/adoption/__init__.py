"""Who reuses a bundle: declared, confirmed by the adopter, expiring; requests, hand-over, experience reports."""
