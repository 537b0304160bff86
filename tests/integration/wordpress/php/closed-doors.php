<?php
/* Must-use plugin: no request and no mail leaves this site. */
add_filter(
	'pre_http_request',
	function () {
		return new WP_Error( 'http_request_blocked', 'This site asks nobody.' );
	}
);

if ( ! function_exists( 'wp_mail' ) ) {
	function wp_mail() {
		return true;
	}
}
