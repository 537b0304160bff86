<div class="footer-holder" id="footer" data-id="footer"><div class="jeg_footer jeg_footer_1 normal">
	<div class="jeg_footer_content"><div class="container"><p>Everything from everywhere, gathered by machines.</p></div></div>
	<div class="jeg_footer_secondary"><p class="copyright">&copy; Aggregator</p></div>
</div></div>
</div>
<?php wp_footer(); ?>
</body>
</html>
